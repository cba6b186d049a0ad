import { Component } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { signOf } from "./standing.js";
import { ago, exact, until } from "./time.js";

const columns = [
  { id: "id", name: "Project" },
  { id: "path", name: "Path" },
  { id: "branch", name: "Branch" },
  { id: "ahead", name: "Ahead", numeric: true, first: "descending" },
  { id: "behind", name: "Behind", numeric: true, first: "descending" },
  { id: "word", name: "State" },
  { id: "details", name: "Details", first: "descending" },
  { id: "fetched", name: "Fetched", numeric: true },
  { id: "due", name: "Next due", numeric: true },
];

/// Rows outside of the window that are there all the same, so that fast scrolling shows no gaps.
const spare = 12;
/// How long a row that has changed stands out.
const emphasis = 2000;

const narrow = matchMedia("(max-width: 720px)");

function useRowHeight() {
  const [height, setHeight] = useState(narrow.matches ? 52 : 30);
  useEffect(() => {
    const change = () => setHeight(narrow.matches ? 52 : 30);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  return height;
}

function useWindow(scroller, height, count) {
  const [view, setView] = useState({ from: 0, to: 60 });
  useLayoutEffect(() => {
    const element = scroller.current;
    let frame = 0;
    const measure = () => {
      frame = 0;
      const from = Math.max(0, Math.floor(element.scrollTop / height) - spare);
      const to = Math.ceil((element.scrollTop + element.clientHeight) / height) + spare;
      setView((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    const soon = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener("scroll", soon, { passive: true });
    const size = new ResizeObserver(soon);
    size.observe(element);
    return () => {
      element.removeEventListener("scroll", soon);
      size.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [height]);
  return { from: Math.min(view.from, Math.max(0, count - 1)), to: Math.min(view.to, count) };
}

const fetchedText = (row, now) =>
  row.stage === "running" || row.state === "refreshing" ? "fetching" : row.stage === "queued" ? "queued" : ago(row.fetched, now);

const dueText = (row, now) => (row.state === "suspended" ? "suspended" : until(row.due, now));

const Count = ({ name, value }) => (
  <span role="gridcell" class={`number ${name} ${value === 0 ? "zero" : ""}`} aria-label={value === null ? "no count" : `${value} ${name}`}>
    {value ?? "–"}
  </span>
);

/// Drawn again only when something in it is new: once a second, most rows are as they were.
class Row extends Component {
  shouldComponentUpdate(next) {
    return ["row", "index", "height", "current", "fetched", "due", "moved"].some((name) => next[name] !== this.props[name]);
  }

  render({ row, index, height, current, fetched, due, moved, onOpen, onFetch }) {
    return (
      <div
        role="row"
        id={`row-${index}`}
        aria-rowindex={index + 2}
        aria-selected={current}
        class={moved ? "row moved" : "row"}
        style={{ transform: `translateY(${index * height}px)` }}
        title={row.reason ?? undefined}
        onClick={() => onOpen(row.id)}
      >
        <span role="gridcell" class="id">{row.id}</span>
        <span role="gridcell" class="path">{row.path}</span>
        <span role="gridcell" class="branch">{row.branch || "–"}</span>
        <Count name="ahead" value={row.ahead} />
        <Count name="behind" value={row.behind} />
        <span role="gridcell" class={`state is-${row.kind}`}>
          <span class="sign" aria-hidden="true">{signOf(row.kind)}</span>{" "}
          {row.word}
        </span>
        <span role="gridcell" class="details">{row.details}</span>
        <span role="gridcell" class={`number fetched ${row.state === "stale" ? "stale" : ""}`} title={exact(row.fetched)}>{fetched}</span>
        <span role="gridcell" class="number due" title={exact(row.due)}>{due}</span>
        <span role="gridcell" class="do">
          <button
            type="button"
            tabIndex={-1}
            aria-label={`Fetch ${row.id}`}
            onClick={(event) => {
              event.stopPropagation();
              onFetch(row.id);
            }}
          >
            Fetch
          </button>
        </span>
      </div>
    );
  }
}

function Heading({ column, query, onQuery }) {
  const sorted = query.column === column.id;
  const direction = sorted ? (query.descending ? "descending" : "ascending") : "none";
  const next = () => {
    const first = column.first === "descending";
    // Once more goes the other way, and then back to what wants attention.
    if (!sorted) onQuery({ column: column.id, descending: first });
    else if (query.descending === first) onQuery({ descending: !first });
    else onQuery({ column: "attention", descending: false });
  };
  return (
    <span role="columnheader" aria-sort={direction} class={`${column.id} ${column.numeric ? "number" : ""}`}>
      <button type="button" onClick={next}>
        {column.name}
        <span class="arrow" aria-hidden="true">{sorted ? (query.descending ? "▾" : "▴") : ""}</span>
      </button>
    </span>
  );
}

function Nothing({ loading, empty, onAdd }) {
  if (loading) return <p class="nothing">Reading the list of projects…</p>;
  if (!empty) return <p class="nothing">No project matches. Esc shows all again.</p>;
  return (
    <p class="nothing">
      This node knows no project yet. <button type="button" onClick={onAdd}>Add a clone</button>
    </p>
  );
}

export function Table({ gridRef, rows, at, query, now, loading, empty, onQuery, onOpen, onFetch, onAdd }) {
  const height = useRowHeight();
  const { from, to } = useWindow(gridRef, height, rows.length);
  const callbacks = useRef({});
  callbacks.current = { onOpen, onFetch };
  const steady = useRef({
    open: (id) => callbacks.current.onOpen(id),
    fetch: (id) => callbacks.current.onFetch(id),
  }).current;

  useEffect(() => {
    if (at < 0) return;
    const element = gridRef.current;
    const head = element.firstChild.offsetHeight;
    const top = at * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height + head > element.scrollTop + element.clientHeight)
      element.scrollTop = top + height + head - element.clientHeight;
  }, [at, height]);

  return (
    <div
      ref={gridRef}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label="Projects"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={at >= from && at < to ? `row-${at}` : undefined}
      data-column={query.column}
    >
      <div role="row" class="row head" aria-rowindex={1}>
        {columns.map((column) => (
          <Heading key={column.id} column={column} query={query} onQuery={onQuery} />
        ))}
        <span role="columnheader" class="do"><span class="unseen">Actions</span></span>
      </div>
      {rows.length === 0 ? (
        <Nothing loading={loading} empty={empty} onAdd={onAdd} />
      ) : (
        <div role="rowgroup" class="body" style={{ height: `${rows.length * height}px` }}>
          {rows.slice(from, to).map((row, offset) => (
            <Row
              key={row.id}
              row={row}
              index={from + offset}
              height={height}
              current={from + offset === at}
              fetched={fetchedText(row, now)}
              due={dueText(row, now)}
              moved={now - (row.moved ?? 0) < emphasis}
              onOpen={steady.open}
              onFetch={steady.fetch}
            />
          ))}
        </div>
      )}
    </div>
  );
}
