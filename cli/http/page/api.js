// What the page asks the server. The token stays in this tab.
import { ask, byId, el } from "./dom.js";

const prefix = "/api/v1";
let token = sessionStorage.getItem("token") ?? "";

export class Problem extends Error {
  constructor(status, detail, hint) {
    super(hint ? `${detail} (${hint})` : detail);
    this.status = status;
  }
}

export const hasToken = () => token !== "";

export async function askForToken() {
  const input = el("input", { type: "password", id: "token", autocomplete: "off" });
  const label = el("label", {}, "The token that the server was started with ", input);
  if (!(await ask("Token", label, "Use it"))) return false;
  token = input.value.trim();
  sessionStorage.setItem("token", token);
  return true;
}

function headers(more = {}) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function answerOf(response) {
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Problem(response.status, problem.detail ?? `the server answered ${response.status}`, problem.hint);
}

// Parameters that are empty are left out.
export function url(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined && value !== null && value !== "") query.set(key, value);
  const text = query.toString();
  return prefix + path + (text ? `?${text}` : "");
}

export async function get(path, parameters, signal) {
  return answerOf(await fetch(url(path, parameters), { headers: headers(), signal }));
}

export async function post(path, parameters, body) {
  const more = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  return answerOf(await fetch(url(path, parameters), { method: "POST", headers: headers(more), body: JSON.stringify(body) }));
}

// Calls onEvent for each event behind `after`, for ever; onState(true or false) as the connection comes and goes. Read by fetch, since an
// EventSource sends no token.
export async function follow(after, onEvent, onState) {
  let last = after;
  for (;;) {
    try {
      const response = await fetch(url("/events/stream", { after: last }), { headers: headers({ Accept: "text/event-stream" }) });
      if (!response.ok) throw new Problem(response.status, "the stream was refused");
      onState(true);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const blocks = (text + part.value).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) {
          const data = block.split("\n").find((line) => line.startsWith("data: "));
          if (!data || block.startsWith("event: problem")) continue;
          const event = JSON.parse(data.slice(6));
          last = event.seq;
          onEvent(event);
        }
      }
    } catch {
      // The server is gone, or going: what it says is told where something is asked of it.
    }
    onState(false);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

export function notice(text) {
  const place = byId("notice");
  place.textContent = text ?? "";
  place.hidden = !text;
}
