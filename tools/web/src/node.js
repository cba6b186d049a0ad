// What is asked of the node over its JSON API.

/// A refusal in the node's own words.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the node answered ${status}`);
    this.status = status;
  }
}

async function ask(path, options) {
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw new Error("the node cannot be reached");
  }
  if (reply.status === 204) return null;
  const document = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refusal(reply.status, document);
  return document;
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
    const reply = await fetch("/metrics");
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
  remove: (id) => ask(project(id), { method: "DELETE" }),
  ready: () => ask("/readyz"),
};
