// The fetches that this page has heard of, by project. The node tells where the time of a fetch went
// to whoever asked for it; of the others the page knows when and how they ended.

const kept = 12;

export class History {
  #fetches = new Map();
  #stages = new Map();

  of(project) {
    return this.#fetches.get(project) ?? [];
  }

  /// The report of a fetch that was asked for here.
  ended(report) {
    if (report.stage !== "done") return;
    for (const remote of report.remotes) {
      const at = Date.parse(remote.finished);
      const known = this.of(report.project).filter((each) => each.remote !== remote.name || Math.abs(each.at - at) > 1000);
      this.#keep(report.project, known, {
        at,
        remote: remote.name,
        outcome: remote.outcome,
        error: remote.error,
        timing: remote.timing_ms,
        moved: remote.updates.length,
      });
    }
  }

  /// What an event says the remotes of a project are doing.
  heard(project, remotes) {
    for (const remote of remotes) {
      const key = `${project}\n${remote.name}`;
      const before = this.#stages.get(key);
      this.#stages.set(key, remote.stage);
      if (remote.stage !== "done" || before === undefined || before === "done") continue;
      const at = Date.now();
      const known = this.of(project);
      if (known.some((each) => each.remote === remote.name && Math.abs(each.at - at) <= 1000)) continue;
      this.#keep(project, known, {
        at,
        remote: remote.name,
        outcome: remote.outcome,
        error: remote.error,
        timing: null,
        moved: null,
      });
    }
  }

  #keep(project, known, fetch) {
    this.#fetches.set(project, [fetch, ...known].slice(0, kept));
  }
}
