// What a line of the list says to a person: one word for how a project stands, and how urgent it is.

const broken = {
  corrupt: "corrupt",
  missing: "missing",
  error: "error",
  auth_required: "needs login",
};

const words = {
  in_sync: "in sync",
  ahead: "ahead",
  behind: "behind",
  diverged: "diverged",
  no_upstream: "no upstream",
  upstream_gone: "upstream gone",
  unborn: "no commits",
  unknown: "unknown",
};

const signs = {
  broken: "!",
  in_sync: "✓",
  ahead: "↑",
  behind: "↓",
  diverged: "⇅",
  upstream_gone: "×",
  unknown: "?",
};

/// Branch states that want somebody to do something.
const wanting = ["diverged", "behind", "upstream_gone", "unknown", "ahead"];

export const wordOf = (branchState) => words[branchState] ?? branchState;
export const signOf = (kind) => signs[kind] ?? "";

/// The groups of the overview, in the order in which they want attention.
export const groups = [
  { id: "broken", name: "errors" },
  { id: "diverged", name: "diverged" },
  { id: "behind", name: "behind" },
  { id: "ahead", name: "ahead" },
  { id: "in_sync", name: "in sync" },
  { id: "other", name: "other" },
];

/// `kind` picks the colour and the sign, `word` is what is read.
function standingOf({ state, summary }) {
  if (broken[state]) return { kind: "broken", word: broken[state] };
  if (!summary) return { kind: "other", word: "reading" };
  if (!summary.head) return { kind: "other", word: "detached" };
  return { kind: summary.head_state, word: wordOf(summary.head_state) };
}

const groupIds = new Set(groups.map((group) => group.id));

function rankOf(kind, branches) {
  if (kind === "broken") return 0;
  const own = wanting.indexOf(kind);
  if (own >= 0) return 1 + own;
  // Only another branch than the one that is checked out wants something.
  const other = wanting.findIndex((state) => branches[state]);
  return other >= 0 ? 10 + other : 20;
}

/// Why there is nothing to tell, or how the branches stand that are not checked out.
function detailsOf(line, kind) {
  if (kind === "broken" || !line.summary) return line.reason ?? "";
  const { summary } = line;
  const parts = [];
  for (const state of [...wanting, "in_sync", "no_upstream", "unborn"]) {
    const count = (summary.branches[state] ?? 0) - (state === summary.head_state ? 1 : 0);
    if (count > 0) parts.push(`${count} ${wordOf(state)}`);
  }
  return parts.length > 0 ? `also ${parts.join(", ")}` : "";
}

const instant = (text) => (text ? Date.parse(text) : null);

/// A row of the table from a line of the list.
export function rowOf(line, before) {
  const { summary } = line;
  const standing = standingOf(line);
  const branches = summary?.branches ?? {};
  const rank = rankOf(standing.kind, branches);
  return {
    id: line.id,
    path: line.path,
    state: line.state,
    reason: line.reason,
    branch: summary?.head ?? "",
    ahead: summary?.ahead ?? null,
    behind: summary?.behind ?? null,
    kind: standing.kind,
    word: standing.word,
    group: groupIds.has(standing.kind) ? standing.kind : "other",
    details: detailsOf(line, standing.kind),
    fetched: instant(summary?.last_fetch),
    due: instant(summary?.next_due),
    rank,
    wants: rank < 20,
    stage: before?.stage ?? "",
    haystack: `${line.id}\n${line.path}\n${summary?.head ?? ""}\n${standing.word}\n${line.state}`.toLowerCase(),
  };
}
