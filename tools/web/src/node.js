// What is asked of the node over its JSON API.

/// A refusal in the node's own words.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the node answered ${status}`);
    this.status = status;
  }
}

/// As long as the tab is open, and nowhere else.
const kept = "headway-token";
let askForToken = () => {};

/// `ask(why)` is called when the node wants a token, or another one.
export function onTokenWanted(ask) {
  askForToken = ask;
}

export function keepToken(token) {
  sessionStorage.setItem(kept, token);
}

async function send(path, options = {}) {
  const token = sessionStorage.getItem(kept);
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  try {
    const reply = await fetch(path, { ...options, headers });
    if (reply.status !== 401 || !token) return reply;
    // One that the node does not know is refused even where none is needed.
    if (token === sessionStorage.getItem(kept)) sessionStorage.removeItem(kept);
    const without = await fetch(path, options);
    return without.status === 401 ? reply : without;
  } catch {
    throw new Error("the node cannot be reached");
  }
}

async function ask(path, options) {
  const reply = await send(path, options);
  if (reply.status === 204) return null;
  const document = await reply.json().catch(() => ({}));
  if (reply.ok) return document;
  const refusal = new Refusal(reply.status, document);
  if (reply.headers.has("WWW-Authenticate")) askForToken(refusal.message);
  throw refusal;
}

const project = (id) => `/projects/${encodeURIComponent(id)}`;

export const node = {
  /// Every page of the list, handed over as it arrives.
  async list(take) {
    let cursor = null;
    do {
      const page = await ask(`/projects?limit=1000${cursor ? `&cursor=${cursor}` : ""}`);
      take(page.projects);
      cursor = page.next_cursor;
    } while (cursor);
  },
  status: (id) => ask(`${project(id)}/sync-status`),
  fetches: (id) => ask(`${project(id)}/fetches?limit=12`),
  /// The figures of the node, as text.
  async metrics() {
    const reply = await send("/metrics");
    if (!reply.ok) throw new Error(`the node answered ${reply.status}`);
    return reply.text();
  },
  schedule: (id) => ask(`${project(id)}/schedule`),
  fetch: (id) => ask(`${project(id)}/fetch?wait=120s`, { method: "POST" }),
  add: (path) =>
    ask("/projects", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ path }),
    }),
  suspend: (id) => ask(`${project(id)}/suspend`, { method: "POST" }),
  resume: (id) => ask(`${project(id)}/resume`, { method: "POST" }),
  remove: (id) => ask(project(id), { method: "DELETE" }),
  ready: () => ask("/readyz"),
  /// The stream of events after the one with the id `last`, or null: from now on.
  async events(last, signal) {
    const reply = await send("/events", { signal, cache: "no-store", headers: last ? { "Last-Event-ID": last } : {} });
    if (!reply.ok) throw new Error(`the node answered ${reply.status}`);
    return reply.body;
  },
};
