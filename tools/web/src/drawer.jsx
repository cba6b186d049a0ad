import { useEffect, useState } from "preact/hooks";
import { node } from "./node.js";
import { signOf, wordOf } from "./standing.js";
import { ago, agoInWords, duration, exact, until } from "./time.js";

/// The document of a project and the schedule of its remotes, asked for again whenever its row has
/// changed.
function useStatus(row) {
  const [status, setStatus] = useState(null);
  const [schedule, setSchedule] = useState({});
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
    return () => {
      current = false;
    };
  }, [row]);
  return { status, schedule, error };
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

const sum = (timing) => parts.reduce((total, part) => total + timing[part.id], 0);

function Bar({ fetch, longest, now }) {
  const { timing } = fetch;
  const said = timing
    ? `${duration(sum(timing))}: ${parts.map((part) => `${part.name} ${duration(timing[part.id])}`).join(", ")}`
    : "in the background; its times were not told";
  return (
    <li title={said}>
      <span class="when" title={exact(fetch.at)}>{ago(fetch.at, now)}</span>
      <span class="bar" role="img" aria-label={said}>
        {timing &&
          parts.map((part) => (
            <span key={part.id} class={part.id} style={{ width: `${(100 * timing[part.id]) / longest}%` }} />
          ))}
      </span>
      <span class="number">{timing ? duration(sum(timing)) : "–"}</span>
      <span class={`outcome ${fetch.error ? "bad" : ""}`}>
        {outcomes[fetch.outcome] ?? fetch.outcome}
        {fetch.moved ? ` (${fetch.moved})` : ""}
      </span>
    </li>
  );
}

function Fetches({ fetches, now }) {
  if (fetches.length === 0) return <p class="faint">None since this page was opened.</p>;
  const longest = Math.max(1, ...fetches.map((fetch) => (fetch.timing ? sum(fetch.timing) : 0)));
  return (
    <>
      <p class="legend">
        {parts.map((part) => (
          <span key={part.id}><i class={part.id} /> {part.name}</span>
        ))}
      </p>
      <ol class="fetches">
        {fetches.map((fetch) => (
          <Bar key={`${fetch.remote} ${fetch.at}`} fetch={fetch} longest={longest} now={now} />
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

export function Drawer({ row, now, fetches, onClose, onFetch, onRemove }) {
  const { status, schedule, error } = useStatus(row);
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
        <button type="button" class="main" onClick={onFetch} disabled={busy} aria-keyshortcuts="f">
          {busy ? "Fetching…" : "Fetch"}
        </button>
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
