// Elements out of values. Text goes in as text: nothing here, or anywhere on the page, makes markup out of a string.

export const byId = (id) => document.getElementById(id);

// el("td", {class: "number", onclick: f}, "text", otherElement, ["more"])
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function table(titles, rows, empty) {
  if (rows.length === 0) return el("p", { class: "soft" }, empty);
  const head = el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)));
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}

export const row = (...cells) => el("tr", {}, cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell ?? ""))));
export const number = (value) => el("td", { class: "number" }, String(value));
export const link = (text, onclick) => el("button", { type: "button", class: "link", onclick }, text);
export const tags = (list) => list.map((tag) => el("span", { class: "tag" }, tag));

export function time(text) {
  if (!text) return "";
  const date = new Date(text);
  return el("time", { datetime: text, title: text }, date.toLocaleString());
}

// How long before `then` something was; "never" if it was not.
export function age(text, then) {
  if (!text) return "never";
  const seconds = Math.max(0, (new Date(then) - new Date(text)) / 1000);
  const units = [["d", 86400], ["h", 3600], ["min", 60]];
  for (const [unit, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.floor(seconds)} s`;
}

// A question in the dialog; true if the answer is yes.
export function ask(title, body, yes) {
  const dialog = byId("dialog");
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...[body].flat());
  byId("dialog-yes").textContent = yes;
  // No button that submits, or Enter in a field would press it rather than the one that says yes.
  byId("dialog-no").onclick = () => dialog.close("");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
