import { useEffect, useState } from "preact/hooks";
import { node } from "./node.js";
import { signOf, wordOf } from "./standing.js";
import { ago, agoInWords, duration, exact, until } from "./time.js";

/// A fetch is in the history a moment after its end has been told.
const committed = 1000;

/// The document of a project, the schedule of its remotes and the history of their fetches, asked
/// for again whenever its row has changed.
function useStatus(row) {
  const [status, setStatus] = useState(null);
  const [schedule, setSchedule] = useState({});
  const [fetches, setFetches] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let current = true;
    node.status(row.id).then(
      (document) => current && (setStatus(document), setError("")),
      (problem) => current && setError(problem.message),
    );
    node.schedule(row.id).then(
      ({ remotes }) => current && setSchedule(Object.fromEntries(remotes.map((remote) => [remote.name, remote]))),
      () => {},
    );
    const remember = () =>
      node.fetches(row.id).then(
        (history) => current && setFetches(history.fetches.flatMap(barsOf)),
        () => {},
      );
    remember();
    const again = setTimeout(remember, committed);
    return () => {
      current = false;
      clearTimeout(again);
    };
  }, [row]);
  return { status, schedule, fetches, error };
}

const urgency = ["diverged", "behind", "upstream_gone", "unknown", "ahead", "in_sync", "no_upstream", "unborn"];
const byUrgency = (a, b) => b.head - a.head || urgency.indexOf(a.state) - urgency.indexOf(b.state);

function Branches({ branches }) {
  if (branches.length === 0) return <p class="faint">No branch.</p>;
  return (
    <table>
      <thead>
        <tr><th>Branch</th><th class="number">Ahead</th><th class="number">Behind</th><th>State</th></tr>
      </thead>
      <tbody>
        {[...branches].sort(byUrgency).map((branch) => (
          <tr key={branch.name}>
            <td>
              <span class="name">{branch.name}{branch.head && <span class="mark"> checked out</span>}</span>
              {branch.upstream && <span class="faint sub">{branch.upstream}</span>}
            </td>
            <td class={`number ${branch.ahead ? "" : "zero"}`}>{branch.ahead ?? "–"}</td>
            <td class={`number ${branch.behind ? "" : "zero"}`}>{branch.behind ?? "–"}</td>
            <td>
              <span class={`state is-${branch.state}`}>
                <span class="sign" aria-hidden="true">{signOf(branch.state)}</span>{" "}
                {wordOf(branch.state)}
              </span>
              {branch.reason && <span class="faint sub">{branch.reason}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const instant = (text) => (text ? Date.parse(text) : null);
const outcomes = { auth_required: "needs login", timed_out: "timed out" };

function Remotes({ remotes, schedule, now }) {
  if (remotes.length === 0) return <p class="faint">No remote.</p>;
  return (
    <ul class="remotes">
      {remotes.map((remote) => (
        <li key={remote.name}>
          <div class="name">{remote.name}</div>
          <div class="faint sub">{remote.url}</div>
          <dl>
            <div>
              <dt>Last fetch</dt>
              <dd title={exact(instant(remote.last_fetch))}>{ago(instant(remote.last_fetch), now)}</dd>
            </div>
            <div>
              <dt>Outcome</dt>
              <dd class={remote.error ? "bad" : ""}>{outcomes[remote.outcome] ?? remote.outcome}</dd>
            </div>
            <div>
              <dt>Next due</dt>
              <dd title={exact(instant(remote.next_due))}>{until(instant(remote.next_due), now)}</dd>
            </div>
          </dl>
          {schedule[remote.name]?.why && <p class="faint sub">{schedule[remote.name].why}</p>}
          {remote.error && <p class="bad">{remote.error}</p>}
        </li>
      ))}
    </ul>
  );
}

const parts = [
  { id: "queued", name: "waiting" },
  { id: "probe", name: "asking the remote" },
  { id: "transfer", name: "transfer" },
];

/// What is shown of a report: a bar a remote.
function barsOf({ id, reason, remotes }) {
  return remotes.map((remote) => ({
    key: `${id} ${remote.name}`,
    at: Date.parse(remote.finished),
    asked: reason === "user_asked",
    outcome: remote.outcome,
    error: remote.error,
    timing: remote.timing_ms,
    moved: remote.updates.length,
  }));
}

const sum = (timing) => parts.reduce((total, part) => total + timing[part.id], 0);

function Bar({ fetch, longest, now }) {
  const { timing } = fetch;
  const said = `${duration(sum(timing))}: ${parts.map((part) => `${part.name} ${duration(timing[part.id])}`).join(", ")}${
    fetch.asked ? "; somebody asked for it" : ""
  }`;
  return (
    <li title={said}>
      <span class="when" title={exact(fetch.at)}>{ago(fetch.at, now)}</span>
      <span class="bar" role="img" aria-label={said}>
        {parts.map((part) => (
          <span key={part.id} class={part.id} style={{ width: `${(100 * timing[part.id]) / longest}%` }} />
        ))}
      </span>
      <span class="number">{duration(sum(timing))}</span>
      <span class={`outcome ${fetch.error ? "bad" : ""}`}>
        {outcomes[fetch.outcome] ?? fetch.outcome}
        {fetch.moved ? ` (${fetch.moved})` : ""}
      </span>
    </li>
  );
}

function Fetches({ fetches, now }) {
  if (fetches === null) return null;
  if (fetches.length === 0) return <p class="faint">None yet.</p>;
  const longest = Math.max(1, ...fetches.map((fetch) => sum(fetch.timing)));
  return (
    <>
      <p class="legend">
        {parts.map((part) => (
          <span key={part.id}><i class={part.id} /> {part.name}</span>
        ))}
      </p>
      <ol class="fetches">
        {fetches.map((fetch) => (
          <Bar key={fetch.key} fetch={fetch} longest={longest} now={now} />
        ))}
      </ol>
    </>
  );
}

/// What a project's own state adds to the word for it.
function standingOf({ kind, state, reason }) {
  const own = state === "fresh" || kind === "broken" ? "" : state;
  return [own, reason].filter(Boolean).join(": ");
}

export function Drawer({ row, now, onClose, onFetch, onSuspend, onResume, onRemove }) {
  const { status, schedule, fetches, error } = useStatus(row);
  const suspended = row.state === "suspended";
  const busy = row.stage !== "" || row.state === "refreshing";
  return (
    <aside class="drawer" aria-label={`Project ${row.id}`}>
      <div class="drawer-head">
        <div>
          <h2>{row.id}</h2>
          <p class="faint path">{row.path}</p>
        </div>
        <button type="button" class="close" aria-label="Close" aria-keyshortcuts="Escape" onClick={onClose}>×</button>
      </div>
      <p class="verdict">
        <span class={`state is-${row.kind}`}>
          <span class="sign" aria-hidden="true">{signOf(row.kind)}</span>{" "}
          {row.word}
        </span>
        <span class="faint">
          {standingOf(row)}
        </span>
      </p>
      <div class="actions">
        <button type="button" class="main" onClick={onFetch} disabled={busy || suspended} aria-keyshortcuts="f">
          {busy ? "Fetching…" : "Fetch"}
        </button>
        {suspended ? (
          <button type="button" onClick={onResume}>Resume</button>
        ) : (
          <button type="button" onClick={onSuspend}>Suspend</button>
        )}
        <button type="button" onClick={onRemove}>Remove…</button>
      </div>
      {error && <p class="bad" role="alert">{error}</p>}
      {status && (
        <>
          <section>
            <h3>Branches <span class="faint">{status.branches.length}</span></h3>
            <Branches branches={status.branches} />
          </section>
          <section>
            <h3>Remotes</h3>
            <Remotes remotes={status.remotes} schedule={schedule} now={now} />
          </section>
          <section>
            <h3>Fetches</h3>
            <Fetches fetches={fetches} now={now} />
          </section>
          <p class="faint as-of" title={exact(instant(status.as_of))}>
            Local branches seen {agoInWords(instant(status.as_of), now)}{status.shallow ? "; a shallow clone" : ""}
          </p>
        </>
      )}
    </aside>
  );
}
