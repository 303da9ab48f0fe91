// The panels: each draws what the server says of the chosen moment. `moment()` is {at, live, collection, signal}.
import { askForToken, get, hasToken, post } from "./api.js";
import { age, ask, el, link, number, row, table, tags, time } from "./dom.js";
import { kindOf, lane } from "./lane.js";

const pageSize = 200;
const at = (moment) => (moment.live ? "" : moment.at);
const field = (text, input) => el("label", {}, text, input);

function filters(...fields) {
  return el("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, fields);
}

// Waits for a pause in typing.
function later(action) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(action, 200); };
}

export function collectionPanel(page) {
  const name = el("input", { type: "search", id: "filter-name" });
  const tag = el("input", { type: "search", id: "filter-tag" });
  const type = el("select", { id: "filter-type" }, ["", "skill", "command", "agent", "hook", "mcp-server"].map((one) => el("option", { value: one }, one || "any")));
  const list = el("div", {});
  const rows = (listed) => listed.artifacts.map((one) => row(link(one.id, () => page.openArtifact(one.id)), tags(one.tags), age(one.tags_imported_at, listed.as_of.logged_at), one.metadata.description ?? "", one.source ?? "local"));
  const titles = ["Artifact", "Tags", "Tags imported, age", "Description", "Source"];

  async function load() {
    const moment = page.moment();
    const wanted = (after) => get(`/user-collections/${encodeURIComponent(moment.collection)}/artifacts`,
                                  { at: at(moment), limit: pageSize, after, tag: tag.value.trim(), type: type.value, name: name.value.trim() ? `*${name.value.trim()}*` : "" }, moment.signal);
    const listed = await wanted();
    const drawn = table(titles, rows(listed), "No artifacts.");
    const count = el("p", { id: "artifact-count" }, `${listed.total} artifacts`);
    let next = listed.next_after;
    const more = el("button", { type: "button", id: "more" }, "More");
    more.hidden = !next;
    more.addEventListener("click", () => page.guard(async () => {
      const further = await wanted(next);
      drawn.querySelector("tbody").append(...rows(further));
      next = further.next_after;
      more.hidden = !next;
    }));
    list.replaceChildren(count, drawn, more);
  }
  const reload = later(() => page.guard(load));
  for (const input of [name, tag, type]) input.addEventListener("input", reload);
  return { element: el("div", {}, filters(field("Name", name), field("Tag", tag), field("Type", type)), list), load };
}

export function artifactPanel(page) {
  const input = el("input", { type: "search", id: "artifact-id", placeholder: "skill:name" });
  const axis = el("select", { id: "lane-axis" }, el("option", { value: "time" }, "time"), el("option", { value: "event" }, "events"));
  const place = el("div", {});
  const body = el("div", {});

  async function history(id, moment) {
    const parameters = { at: at(moment), collection_name: moment.collection, limit: 1000 };
    const life = await get(`/artifacts/${encodeURIComponent(id)}/history`, parameters, moment.signal);
    for (let after = life.next_after; after !== null;) {
      const further = await get(`/artifacts/${encodeURIComponent(id)}/history`, { ...parameters, after }, moment.signal);
      life.events.push(...further.events);
      after = further.next_after;
    }
    return life;
  }

  async function load() {
    const id = page.artifact;
    input.value = id;
    if (!id) return body.replaceChildren(el("p", { class: "soft" }, "Choose an artifact in the collection, or name one here."));
    const moment = page.moment();
    const life = await history(id, moment);
    const shown = await get(`/artifacts/${encodeURIComponent(id)}`, { at: at(moment), collection_name: moment.collection }, moment.signal).catch((problem) => {
      if (problem.status === 404) return null;  // it is gone by then, and its life is to be seen still
      throw problem;
    });
    const facts = shown ? [["description", shown.metadata.description], ["source", shown.source ?? "local"], ["path", shown.path], ["tags", tags(shown.tags)],
      ["tags imported", shown.tags_imported_at ? [time(shown.tags_imported_at), `, ${age(shown.tags_imported_at, shown.as_of.logged_at)} before`] : "never"],
      ["updated", time(shown.updated_at)], ["commit", shown.resolved_sha], ["content hash", shown.content_hash]] : [];
    const events = life.events.slice().reverse().map((event) => row(page.moments(event.seq), time(event.recorded_at), kindOf(event.type), event.actor, event.project ?? ""));
    const last = shown?.as_of.logged_at ?? life.events.at(-1)?.logged_at;
    const draw = () => place.replaceChildren(lane(life, axis.value, { seq: moment.at, time: Date.parse(last) }, page.go));
    axis.onchange = draw;
    draw();
    body.replaceChildren(el("h2", {}, life.artifact_id), shown ? el("dl", {}, facts.filter(([, value]) => value).map(([key, value]) => [el("dt", {}, key), el("dd", {}, value)])) : el("p", { class: "soft" }, "It does not stand in the collection at this moment."),
                         el("h3", {}, "Life"), filters(field("Axis", axis)), place, table(["Event", "Time", "What", "Who", "Project"], events, "No events."));
  }
  input.addEventListener("change", () => page.openArtifact(input.value.trim()));
  return { element: el("div", {}, filters(field("Artifact", input)), body), load };
}

export function comparePanel(page) {
  const from = el("input", { id: "compare-from", size: 12 });
  const to = el("input", { id: "compare-to", size: 12, placeholder: "this moment" });
  const body = el("div", { id: "compare-result" });
  const here = (input) => () => { input.value = page.moment().at; page.guard(load); };
  const shown = (value) => (value === null ? "nothing" : Array.isArray(value) ? value.join(", ") : String(value));

  function artifact(one) {
    return el("section", {}, el("h3", {}, link(one.artifact_id, () => page.openArtifact(one.artifact_id)), " ", el("span", { class: one.change }, one.change)),
              one.fields.length ? table(["Field", "Before", "After"], one.fields.map((change) => row(change.field, shown(change.before), shown(change.after))), "") : null,
              one.files.map((file) => el("details", {}, el("summary", { class: file.change }, `${file.change} ${file.path} (+${file.lines_added} −${file.lines_removed})`), el("pre", {}, file.diff))));
  }
  async function load() {
    const moment = page.moment();
    if (!from.value.trim()) return body.replaceChildren(el("p", { class: "soft" }, "Give the point to start from: a sequence, a time, snap:NAME, run:SEQ, 2d."));
    const difference = await get("/diff", { from: from.value.trim(), to: to.value.trim() || moment.at, collection_name: moment.collection, stat: true, content: true }, moment.signal);
    body.replaceChildren(el("p", {}, `${difference.artifacts.length} artifacts differ between ${difference.from.seq} and ${difference.to.seq}`), ...difference.artifacts.map(artifact));
  }
  for (const input of [from, to]) input.addEventListener("change", () => page.guard(load));
  return {
    element: el("div", {}, filters(field("From", from), el("button", { type: "button", onclick: here(from) }, "From here"), field("To", to), el("button", { type: "button", onclick: here(to) }, "To here")), body),
    load,
  };
}

export function projectsPanel(page) {
  const body = el("div", {});
  const found = el("div", { id: "drift" });
  const name = (path) => btoa(Array.from(new TextEncoder().encode(path), (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  async function check(path) {
    const drift = await get(`/projects/${name(path)}/drift/summary`);
    const rows = drift.drift_details.filter((one) => one.drift_type !== "added").map((one) => row(one.artifact_id, el("td", { class: one.drift_type }, one.drift_type), one.files.map((file) => file.path).join(", "), time(one.modification_detected_at)));
    found.replaceChildren(el("h3", {}, `Drift in ${path}`), table(["Artifact", "Drift", "Files", "Since"], rows, "No drift."));
  }
  async function load() {
    const moment = page.moment();
    const deployed = await get("/projects", { at: at(moment) }, moment.signal);
    body.replaceChildren(...deployed.projects.map((project) => el("section", {}, el("h2", {}, project.project_path), project.exists ? null : el("p", { class: "soft" }, "The directory is gone."),
      moment.live && project.exists ? el("button", { type: "button", onclick: () => page.guard(() => check(project.project_path)) }, "Check for drift now") : null,
      table(["Artifact", "Path", "Deployed", "Drift", "Since"], project.artifacts.map((one) => row(link(one.artifact_id, () => page.openArtifact(one.artifact_id)), one.path, time(one.deployed_at), el("td", { class: one.drift_type ?? "" }, one.drift_type ?? "none"), time(one.modification_detected_at))), "Nothing is deployed."))));
    if (deployed.projects.length === 0) body.replaceChildren(el("p", { class: "soft" }, "Nothing is deployed anywhere at this moment."));
  }
  return { element: el("div", {}, body, found), load };
}

export function runsPanel(page) {
  const body = el("div", {});
  async function load() {
    const moment = page.moment();
    const { runs } = await get("/runs", { at: at(moment), limit: 100 }, moment.signal);
    body.replaceChildren(table(["Run", "Started", "Events", "Status", "Who", "Command"], runs.map((run) => row(page.moments(run.last_seq, run.seq), time(run.started_at), number(run.events), run.status ?? "unfinished", run.actor, run.command)), "No runs."));
  }
  return { element: body, load };
}

export function eventsPanel(page) {
  const grep = el("input", { type: "search", id: "events-grep" });
  const type = el("input", { type: "search", id: "events-type", placeholder: "tags_imported" });
  const body = el("div", {});
  async function load() {
    const moment = page.moment();
    const wanted = (until) => get("/events", { until: until ?? at(moment), limit: 100, grep: grep.value, type: type.value.trim() }, moment.signal);
    const rows = (events) => events.map((event) => row(page.moments(event.seq), time(event.logged_at), kindOf(event.type), event.artifact ? link(event.artifact, () => page.openArtifact(event.artifact)) : event.collection ?? "", event.actor, event.command));
    const page1 = await wanted();
    const drawn = table(["Event", "Logged", "What", "Of", "Who", "Command"], rows(page1.events), "No events.");
    let next = page1.next_until;
    const more = el("button", { type: "button" }, "Earlier");
    more.hidden = !next;
    more.addEventListener("click", () => page.guard(async () => {
      const further = await wanted(next);
      drawn.querySelector("tbody").append(...rows(further.events));
      next = further.next_until;
      more.hidden = !next;
    }));
    body.replaceChildren(drawn, more);
  }
  const reload = later(() => page.guard(load));
  for (const input of [grep, type]) input.addEventListener("input", reload);
  return { element: el("div", {}, filters(field("Search (regular expression)", grep), field("Type", type)), body), load };
}

export function snapshotsPanel(page) {
  const body = el("div", {});
  const planTable = (plan) => table(["Artifact", "Action", "Files"], plan.filter((one) => one.action !== "keep").map((one) => row(one.artifact_id, el("td", { class: one.action }, one.action), number(one.files))), "Nothing would change.");

  async function restore(snapshot) {
    const path = `/versions/snapshots/${encodeURIComponent(snapshot.id)}/rollback`;
    const plan = await post(path, {}, { dry_run: true });
    if (!(await ask(`Restore ${snapshot.collection_name} to ${snapshot.name ?? snapshot.id}?`, planTable(plan.plan), "Restore"))) return;
    // What was agreed to was a plan for that head and no other.
    await post(path, { expected_seq: plan.safety_seq }, {});
    await page.changed();
  }
  async function create() {
    const name = el("input", { id: "snapshot-name" });
    const message = el("input", { id: "snapshot-message" });
    if (!(await ask("Snapshot", [field("Name", name), field("Message", message)], "Create"))) return;
    await post("/versions/snapshots", {}, { collection_name: page.moment().collection, name: name.value.trim() || null, message: message.value || null });
    await page.changed();
  }
  async function refresh() {
    const path = `/user-collections/${encodeURIComponent(page.moment().collection)}/refresh`;
    const plan = await post(path, {}, { dry_run: true });
    const rows = plan.details.filter((one) => one.changes.length).map((one) => row(one.artifact_id, one.changes.join(", ")));
    if (!(await ask("Refresh from GitHub?", table(["Artifact", "Would change"], rows, "No field would change."), "Refresh"))) return;
    await post(path, {}, {});
    await page.changed();
  }
  async function load() {
    const moment = page.moment();
    const { items } = await get("/versions/snapshots", { at: at(moment), limit: 100 }, moment.signal);
    const writes = page.mayWrite && hasToken() && moment.live;
    const buttons = !page.mayWrite ? el("p", { class: "soft" }, "This page changes things only where the server was started with a token file.")
      : !hasToken() ? el("button", { type: "button", onclick: () => askForToken().then(() => page.guard(load)) }, "Give the token to change things")
      : el("p", { class: "buttons" }, el("button", { type: "button", disabled: !writes, onclick: () => page.guard(create) }, "Snapshot"), el("button", { type: "button", disabled: !writes, onclick: () => page.guard(refresh) }, "Refresh"));
    body.replaceChildren(buttons, table(["Snapshot", "Time", "Collection", "Artifacts", "Event", "Message", ""], items.map((one) => row(one.name ?? one.id, time(one.timestamp), one.collection_name, number(one.artifact_count), page.moments(one.seq), one.message ?? "",
      writes ? el("button", { type: "button", onclick: () => page.guard(() => restore(one)) }, "Restore") : null)), "No snapshots."));
  }
  return { element: body, load };
}
