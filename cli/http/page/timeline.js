// The slider over the whole log, with the plot of how many events lie where. Its value is a sequence.
import { get } from "./api.js";
import { byId, svg } from "./dom.js";

const steps = 1000;
let spans = [];
let changed = () => {};

export const timeline = {
  head: 0,
  at: 0,
  get live() { return this.at === this.head; },

  // Looks at the log anew; stays at the head if it was there.
  async load() {
    const follow = this.live;
    const density = await get("/events/density", { spans: 240 });
    spans = density.spans;
    this.head = spans.length ? spans[spans.length - 1].through : 0;
    if (follow) this.at = this.head;
    this.at = Math.min(this.at, this.head);
    draw();
  },

  move(seq) {
    const next = Math.max(0, Math.min(this.head, seq));
    if (next === this.at) return;
    this.at = next;
    drawMoment();
    changed();
  },

  start(onChange) {
    changed = onChange;
    const slider = byId("slider");
    slider.addEventListener("input", () => timeline.move(seqAt(slider.value / steps)));
    slider.addEventListener("keydown", onKey);
    byId("previous").addEventListener("click", () => timeline.move(timeline.at - 1));
    byId("next").addEventListener("click", () => timeline.move(timeline.at + 1));
    byId("to-head").addEventListener("click", () => timeline.move(timeline.head));
  },

  say(text) {
    byId("moment-text").replaceChildren(text);
    byId("slider").setAttribute("aria-valuetext", byId("moment-text").textContent);
  },
};

const before = (index) => (index > 0 ? spans[index - 1].through : 0);

function seqAt(x) {
  if (spans.length === 0) return 0;
  if (x >= 1) return timeline.head;
  const place = x * spans.length;
  const index = Math.floor(place);
  return before(index) + Math.round((place - index) * (spans[index].through - before(index)));
}

function placeOf(seq) {
  const index = spans.findIndex((span) => span.through >= seq);
  if (index < 0) return 1;
  const width = spans[index].through - before(index);
  return (index + (width > 0 ? (seq - before(index)) / width : 1)) / spans.length;
}

function onKey(event) {
  const seq = timeline.at;
  const index = Math.max(0, spans.findIndex((span) => span.through >= seq));
  const earlier = () => {
    let i = index;
    while (i > 0 && before(i) === seq) --i;
    return before(i) < seq ? before(i) : 0;
  };
  const later = () => spans.find((span) => span.through > seq)?.through ?? timeline.head;
  const moves = {
    ArrowLeft: () => seq - 1, ArrowDown: () => seq - 1, ArrowRight: () => seq + 1, ArrowUp: () => seq + 1,
    PageDown: earlier, PageUp: later, Home: () => 0, End: () => timeline.head,
  };
  if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  timeline.move(moves[event.key]());
}

function draw() {
  const counts = spans.map((span, index) => span.through - before(index));
  const most = Math.max(1, ...counts);
  const plot = byId("density");
  plot.setAttribute("viewBox", `0 0 ${Math.max(1, spans.length)} 100`);
  // A single event stays to be seen beside a million.
  const bars = counts.map((count, x) => {
    const height = count === 0 ? 0 : 6 + (94 * Math.log1p(count)) / Math.log1p(most);
    return svg("rect", { x, y: 100 - height, width: 0.9, height });
  });
  plot.replaceChildren(...bars, svg("line", { id: "density-now", y1: 0, y2: 100 }));
  drawMoment();
}

function drawMoment() {
  const place = placeOf(timeline.at);
  byId("slider").value = Math.round(place * steps);
  const line = byId("density-now");
  line?.setAttribute("x1", place * spans.length);
  line?.setAttribute("x2", place * spans.length);
  byId("to-head").disabled = timeline.live;
  byId("previous").disabled = timeline.at === 0;
  byId("next").disabled = timeline.live;
}
