import { groups, signOf } from "./standing.js";

const number = (value) => value.toLocaleString("en");

function NodeState({ connected, trouble }) {
  const [kind, text] =
    connected === null
      ? ["waiting", "connecting"]
      : !connected
        ? ["bad", "not connected"]
        : trouble
          ? ["bad", `not ready: ${trouble}`]
          : ["good", "live"];
  return (
    <span class={`node-state ${kind}`} role="status" title={trouble || undefined}>
      {text}
    </span>
  );
}

function Scheduler({ probes, transfers }) {
  const queued = probes.waiting + transfers.waiting;
  return (
    <span class="scheduler" title={transfers.limited_by ? `Limited by ${transfers.limited_by}` : undefined}>
      {transfers.running} of {transfers.limit} fetches running
      {queued > 0 ? `, ${number(queued)} queued` : ""}
      {transfers.limited_by && <span class="cause">limited by {transfers.limited_by}</span>}
    </span>
  );
}

export function Header({ connected, trouble, scheduler, total, loading, panel, onPanel }) {
  return (
    <header class="top">
      <h1>Headway</h1>
      <NodeState connected={connected} trouble={trouble} />
      <span class="total">
        {number(total)} {total === 1 ? "project" : "projects"}
        {loading && total > 0 ? ", reading more" : ""}
      </span>
      {scheduler && <Scheduler {...scheduler} />}
      <button type="button" class="panel-button" aria-expanded={panel} onClick={onPanel}>
        Node
      </button>
    </header>
  );
}

function Group({ id, name, count, query, onQuery }) {
  const on = query.group === id;
  return (
    <button
      type="button"
      class={`group ${id}`}
      aria-pressed={on}
      disabled={count === 0 && !on}
      onClick={() => onQuery({ group: on ? "all" : id })}
    >
      {signOf(id) && <span aria-hidden="true">{signOf(id)} </span>}
      {name} <b>{number(count)}</b>
    </button>
  );
}

export function Toolbar({ query, counts, shown, batch, filter, onQuery, onFetchAll, onAdd }) {
  return (
    <div class="toolbar">
      <input
        ref={filter}
        type="search"
        class="filter"
        placeholder="Filter by name, path, branch, state"
        aria-label="Filter projects"
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        value={query.text}
        onInput={(event) => onQuery({ text: event.currentTarget.value })}
      />
      <div class="groups" role="group" aria-label="Show projects by state">
        <Group id="all" name="all" count={counts.all} query={query} onQuery={onQuery} />
        <Group id="wants" name="needs attention" count={counts.wants} query={query} onQuery={onQuery} />
        {groups.map(({ id, name }) => (
          <Group key={id} id={id} name={name} count={counts[id]} query={query} onQuery={onQuery} />
        ))}
      </div>
      <div class="actions">
        {batch ? (
          <button type="button" onClick={batch.stop} aria-label={`Stop fetching; ${batch.done} of ${batch.all} done`}>
            Stop ({number(batch.done)} of {number(batch.all)})
          </button>
        ) : (
          <button type="button" onClick={onFetchAll} disabled={shown === 0}>
            Fetch {shown === counts.all ? "all" : "these"} {number(shown)}
          </button>
        )}
        <button type="button" onClick={onAdd}>
          Add…
        </button>
      </div>
    </div>
  );
}
