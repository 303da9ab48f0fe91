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
const rightMargin = 10;

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

// Where an event stands between the artifact's first one and the moment, by time or by its place in the log; and what the axis says.
function scaleOf(life, axis, end) {
  const times = new Map(life.history.map((change) => [change.seq, Date.parse(change.recorded_at)]));
  for (const event of life.events) times.set(event.seq, Date.parse(event.logged_at));
  const byTime = axis === "time";
  const valueOf = (seq) => (byTime ? times.get(seq) ?? end.time : seq);
  const first = life.events.length ? valueOf(life.events[0].seq) : 0;
  const last = Math.max(byTime ? end.time : end.seq, first + 1);
  const inner = width - labelWidth - rightMargin;
  const days = (last - first) / 86400000;
  const say = (value) => {
    if (!byTime) return Math.round(value).toLocaleString();
    const moment = new Date(value);
    if (days > 3) return moment.toLocaleDateString();
    return days * 86400 > 120 ? moment.toLocaleString([], { dateStyle: "short", timeStyle: "short" }) : moment.toLocaleTimeString();
  };
  const ticks = [0, 1, 2, 3].map((part) => ({ x: labelWidth + (inner * part) / 3, text: say(first + ((last - first) * part) / 3), anchor: ["start", "middle", "middle", "end"][part] }));
  return { x: (seq) => labelWidth + (inner * (valueOf(seq) - first)) / (last - first), ticks, name: `from ${ticks[0].text} to ${ticks[3].text}` };
}

// `axis`: "time" or "event". `end`: {seq, time in ms} of the moment.
export function lane(life, axis, end, onPick) {
  const { x, ticks, name: reach } = scaleOf(life, axis, end);
  const bands = bandsOf(life.history, end.seq);
  const names = [...new Set(bands.map((band) => band.tag))].sort();
  const height = (rows.length + names.length + 1) * rowHeight;
  const label = (text, index) => svg("text", { x: 6, y: index * rowHeight + 15 }, text.length > 14 ? `${text.slice(0, 13)}…` : text);
  const parts = [];
  rows.forEach(([kind, name], index) => {
    const middle = index * rowHeight + rowHeight / 2;
    parts.push(label(name, index), svg("line", { class: "axis", x1: labelWidth, x2: width - rightMargin, y1: middle, y2: middle }));
    if (kind === "drift") {
      for (const bar of driftsOf(life.events, end.seq)) {
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
  for (const tick of ticks) parts.push(svg("text", { class: "tick", x: tick.x, y: height - 6, "text-anchor": tick.anchor }, tick.text));
  return el("div", { class: "scroll" },
            svg("svg", { class: "lane", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The life of ${life.artifact_id} by ${axis}, ${reach}` }, parts));
}

export const kindOf = (type) => kinds[type]?.[1] ?? type;
