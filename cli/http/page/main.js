// The page: one moment, one open panel that follows it, and the live stream while the moment is the head.
import { askForToken, follow, get, notice } from "./api.js";
import { byId, el, link, time } from "./dom.js";
import { artifactPanel, collectionPanel, comparePanel, eventsPanel, projectsPanel, runsPanel, snapshotsPanel } from "./panels.js";
import { timeline } from "./timeline.js";

let panels = {};
let open = "collection";
let loading = new AbortController();
let pending;

const page = {
  artifact: "",
  mayWrite: false,
  moment: () => ({ at: timeline.at, live: timeline.live, collection: byId("collection").value, signal: loading.signal }),
  go: (seq) => timeline.move(seq),
  // A link to the moment just after an event.
  moments: (seq, shown = seq) => link(String(shown), () => timeline.move(seq)),
  openArtifact(id) {
    page.artifact = id;
    show("artifact");
  },
  async changed() {
    await timeline.load();
    refresh();
  },
  // Runs it and says what went wrong.
  async guard(action) {
    try {
      notice("");
      await action();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.status === 401 && (await askForToken())) return page.guard(action);
      notice(problem.message);
    }
  },
};

const placeText = () => (timeline.at === 0 ? "before the first event" : `event ${timeline.at.toLocaleString()} of ${timeline.head.toLocaleString()}`);

async function sayMoment() {
  const place = placeText();
  timeline.say(place);
  if (timeline.at === 0) return;
  const { events } = await get("/events", { until: timeline.at, limit: 1 }, loading.signal);
  if (events.length) timeline.say(el("span", {}, place, ", ", time(events[0].logged_at)));
}

// Everything that follows the moment, as soon as the slider rests.
function refresh() {
  clearTimeout(pending);
  loading.abort();
  loading = new AbortController();
  timeline.say(placeText());
  pending = setTimeout(() => page.guard(async () => {
    remember();
    await Promise.all([sayMoment(), panels[open].load()]);
  }), 80);
}

function show(name) {
  open = name;
  for (const tab of byId("tabs").children) {
    const chosen = tab.dataset.panel === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) byId("panel").setAttribute("aria-labelledby", tab.id);
  }
  byId("panel").replaceChildren(panels[name].element);
  refresh();
}

// The place stands behind the #, so that it can be kept and passed on.
function remember() {
  const place = new URLSearchParams({ panel: open });
  if (!timeline.live) place.set("at", timeline.at);
  if (page.artifact) place.set("artifact", page.artifact);
  history.replaceState(null, "", `#${place}`);
}

function makeTabs() {
  const names = { collection: "Collection", artifact: "Artifact", compare: "Compare", projects: "Projects", runs: "Runs", events: "Events", snapshots: "Snapshots" };
  const buttons = Object.entries(names).map(([name, text]) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "data-panel": name, "aria-controls": "panel", onclick: () => show(name) }, text));
  byId("tabs").replaceChildren(...buttons);
  byId("tabs").addEventListener("keydown", (event) => {
    const index = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || index < 0) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    next.focus();
    show(next.dataset.panel);
  });
}

function live() {
  let waiting;
  const state = (connected) => { byId("live").textContent = connected ? "live" : "not connected"; };
  follow(timeline.head, (event) => {
    byId("live").dataset.seq = event.seq;
    clearTimeout(waiting);
    waiting = setTimeout(() => page.guard(async () => {
      const following = timeline.live;
      await timeline.load();
      if (following) refresh();
      else await sayMoment();
    }), 150);
  }, state);
}

async function start() {
  makeTabs();
  panels = { collection: collectionPanel(page), artifact: artifactPanel(page), compare: comparePanel(page), projects: projectsPanel(page), runs: runsPanel(page), events: eventsPanel(page), snapshots: snapshotsPanel(page) };
  const health = await get("/healthz");
  page.mayWrite = health.token_required;
  byId("token-button").hidden = !health.token_required;
  const { collections } = await get("/user-collections");
  byId("collection").replaceChildren(...collections.map((one) => el("option", { value: one.name, selected: one.default }, `${one.name} (${one.artifact_count})`)));
  byId("token-button").addEventListener("click", () => askForToken().then((given) => given && page.changed()));
  byId("collection").addEventListener("change", refresh);
  timeline.start(refresh);
  await timeline.load();
  const place = new URLSearchParams(location.hash.slice(1));
  page.artifact = place.get("artifact") ?? "";
  show(panels[place.get("panel")] ? place.get("panel") : "collection");
  if (place.has("at")) timeline.move(Number(place.get("at")) || 0);
  live();
}

page.guard(start);
