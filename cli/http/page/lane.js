// The life of one artifact as a lane: what happened to it, drift as bars, its tags as bands over time.
import { el, svg } from "./dom.js";

const kinds = {
  artifact_added: ["edit", "added"], artifact_removed: ["edit", "removed"], artifact_restored: ["edit", "restored"],
  content_changed: ["edit", "content"], metadata_refreshed: ["import", "metadata"], metadata_edited: ["edit", "metadata edited"],
  tags_imported: ["import", "tags imported"], tags_edited: ["edit", "tags edited"],
  artifact_deployed: ["deploy", "deployed"], artifact_undeployed: ["deploy", "undeployed"], baseline_moved: ["deploy", "baseline"],
  drift_detected: ["drift", "drift found"], drift_resolved: ["drift", "drift ended"],
};
const rows = [["import", "imports"], ["edit", "edits"], ["deploy", "deployments"], ["drift", "drift"]];
const rowHeight = 22;
const labelWidth = 96;
const width = 720;

// [from, to] in sequence for as long as something held; `to` is `end` where it holds still.
function bandsOf(history, end) {
  const open = new Map();
  const bands = [];
  for (const change of history) {
    const now = new Set(change.after);
    for (const [tag, from] of open) if (!now.has(tag)) { bands.push({ tag, from, to: change.seq }); open.delete(tag); }
    for (const tag of now) if (!open.has(tag)) open.set(tag, change.seq);
  }
  for (const [tag, from] of open) bands.push({ tag, from, to: end });
  return bands;
}

function driftsOf(events, end) {
  const open = new Map();
  const bars = [];
  for (const event of events) {
    const project = event.project ?? "";
    if (event.type === "drift_detected" && !open.has(project)) open.set(project, event.seq);
    if (event.type === "drift_resolved" && open.has(project)) { bars.push({ project, from: open.get(project), to: event.seq }); open.delete(project); }
  }
  for (const [project, from] of open) bars.push({ project, from, to: end });
  return bars;
}

export function lane(life, at, onPick) {
  const first = life.events.length ? life.events[0].seq : 0;
  const last = Math.max(at, first + 1);
  const x = (seq) => labelWidth + ((width - labelWidth - 10) * (seq - first)) / (last - first);
  const bands = bandsOf(life.history, last);
  const names = [...new Set(bands.map((band) => band.tag))].sort();
  const height = (rows.length + names.length + 1) * rowHeight;
  const label = (text, index) => svg("text", { x: 6, y: index * rowHeight + 15 }, text.length > 14 ? `${text.slice(0, 13)}…` : text);
  const parts = [];
  rows.forEach(([kind, name], index) => {
    const middle = index * rowHeight + rowHeight / 2;
    parts.push(label(name, index), svg("line", { class: "axis", x1: labelWidth, x2: width - 10, y1: middle, y2: middle }));
    if (kind === "drift") {
      for (const bar of driftsOf(life.events, last)) {
        parts.push(svg("rect", { class: "drift", x: x(bar.from), y: middle - 5, width: Math.max(2, x(bar.to) - x(bar.from)), height: 10 }, svg("title", {}, bar.project)));
      }
    }
    for (const event of life.events.filter((one) => kinds[one.type]?.[0] === kind)) {
      const title = `${event.seq}: ${kinds[event.type][1]}, ${event.actor}, ${event.recorded_at}`;
      parts.push(svg("circle", { class: `mark ${kind}`, cx: x(event.seq), cy: middle, r: 4, onclick: () => onPick(event.seq) }, svg("title", {}, title)));
    }
  });
  names.forEach((name, index) => {
    const place = rows.length + index;
    parts.push(label(name, place));
    for (const band of bands.filter((one) => one.tag === name)) {
      parts.push(svg("rect", { class: "band", x: x(band.from), y: place * rowHeight + 4, width: Math.max(2, x(band.to) - x(band.from)), height: rowHeight - 8 },
                     svg("title", {}, `${name}: ${band.from} to ${band.to}`)));
    }
  });
  parts.push(svg("text", { x: labelWidth, y: height - 6 }, String(first)), svg("text", { x: width - 10, y: height - 6, "text-anchor": "end" }, String(last)));
  return el("div", { class: "scroll" },
            svg("svg", { class: "lane", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The life of ${life.artifact_id}, from event ${first} to ${last}` }, parts));
}

export const kindOf = (type) => kinds[type]?.[1] ?? type;
