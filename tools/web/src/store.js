// All projects as rows, and the view of them that the table shows.
import { groups, rowOf } from "./standing.js";

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
/// Rows without a value come last, whichever way round.
const byNumber = (key) => (a, b, sign) => {
  if (a[key] === b[key]) return 0;
  if (a[key] === null) return 1;
  if (b[key] === null) return -1;
  return sign * (a[key] - b[key]);
};

const orders = {
  attention: (a, b, sign) => sign * (a.rank - b.rank),
  id: (a, b, sign) => sign * byText(a.id, b.id),
  path: (a, b, sign) => sign * byText(a.path, b.path),
  branch: (a, b, sign) => sign * byText(a.branch, b.branch),
  word: (a, b, sign) => sign * (a.rank - b.rank || byText(a.word, b.word)),
  details: (a, b, sign) => sign * byText(a.details, b.details),
  ahead: byNumber("ahead"),
  behind: byNumber("behind"),
  fetched: byNumber("fetched"),
  due: byNumber("due"),
};

/// Repaints are bundled: a burst of events costs one.
const repaint = 100;

export class Store {
  rows = new Map();
  loading = true;
  #listener = () => {};
  #timer = null;
  #touched = null;
  #staged = null;

  onChange(listener) {
    this.#listener = listener;
  }

  changed() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#listener();
    }, repaint);
  }

  /// A line as the node has it now.
  put(line) {
    const before = this.rows.get(line.id);
    const row = rowOf(line, before);
    row.moved = before && differs(before, row) ? Date.now() : (before?.moved ?? 0);
    this.rows.set(line.id, row);
    this.#touched?.add(line.id);
    this.changed();
  }

  remove(id) {
    this.rows.delete(id);
    this.#touched?.add(id);
    this.changed();
  }

  /// What the remotes of a project are doing: the busiest counts.
  setStage(id, stage) {
    this.#staged?.add(id);
    const row = this.rows.get(id);
    if (!row || row.stage === stage) return;
    this.rows.set(id, { ...row, stage });
    this.changed();
  }

  /// Takes over a whole list; what events said meanwhile is newer and stays. What they said before is
  /// not: a fetch may have ended while nobody listened, and one that runs still is in its line.
  async load(list) {
    const touched = (this.#touched = new Set());
    const staged = (this.#staged = new Set());
    const seen = new Set();
    try {
      await list((lines) => {
        if (this.#touched !== touched) return;
        for (const line of lines) {
          seen.add(line.id);
          if (touched.has(line.id)) continue;
          const before = this.rows.get(line.id);
          const row = rowOf(line, staged.has(line.id) ? before : undefined);
          this.rows.set(line.id, { ...row, moved: before?.moved ?? 0 });
        }
        this.changed();
      });
      if (this.#touched !== touched) return;
      for (const id of [...this.rows.keys()])
        if (!seen.has(id) && !touched.has(id)) this.rows.delete(id);
      this.loading = false;
    } finally {
      if (this.#touched === touched) this.#touched = this.#staged = null;
      this.changed();
    }
  }

  counts() {
    const counts = { all: this.rows.size, wants: 0 };
    for (const group of groups) counts[group.id] = 0;
    for (const row of this.rows.values()) {
      ++counts[row.group];
      if (row.wants) ++counts.wants;
    }
    return counts;
  }

  /// The rows that `text` and `group` leave, in order. Every word of `text` must occur.
  view({ text, group, column, descending }) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = [];
    for (const row of this.rows.values()) {
      if (group === "wants" ? !row.wants : group !== "all" && row.group !== group) continue;
      if (words.every((word) => row.haystack.includes(word))) shown.push(row);
    }
    const order = orders[column];
    const sign = descending ? -1 : 1;
    return shown.sort((a, b) => order(a, b, sign) || byText(a.id, b.id));
  }
}

function differs(a, b) {
  return a.word !== b.word || a.ahead !== b.ahead || a.behind !== b.behind || a.branch !== b.branch ||
    a.details !== b.details;
}
