import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AddDialog, ConfirmDialog, TokenDialog } from "./dialogs.jsx";
import { Drawer } from "./drawer.jsx";
import { Header, Toolbar } from "./header.jsx";
import { Limits } from "./figures.js";
import { Panel } from "./panel.jsx";
import { follow } from "./live.js";
import { keepToken, node, onTokenWanted } from "./node.js";
import { Store } from "./store.js";
import { Table } from "./table.jsx";

/// More fetches than this at once are asked about first.
const manyFetches = 100;
/// Requests under way at once; the node's scheduler decides how many fetches run.
const atOnce = 6;

const store = new Store();
const limits = new Limits();

const readList = () => store.load(node.list);

function useNode(say) {
  const [, repaint] = useState(0);
  const [now, setNow] = useState(Date.now());
  const [connected, setConnected] = useState(null);
  const [scheduler, setScheduler] = useState(null);
  const [trouble, setTrouble] = useState("");

  useEffect(() => {
    store.onChange(() => repaint((count) => count + 1));
    const load = () => readList().catch((error) => say(error.message));
    const stop = follow({
      connected(yes) {
        setConnected(yes);
        node.ready().then(() => setTrouble(""), (error) => setTrouble(error.message));
      },
      status: (line) => store.put(line),
      removed: ({ id }) => store.remove(id),
      fetch({ project, remotes }) {
        const busy = (stage) => remotes.some((remote) => remote.stage === stage);
        store.setStage(project, busy("running") ? "running" : busy("queued") ? "queued" : "");
      },
      scheduler(state) {
        limits.take(state, Date.now());
        setScheduler(state);
      },
      reset: load,
    });
    load();
    const clock = setInterval(() => setNow(Date.now()), 1000);
    return () => {
      stop();
      clearInterval(clock);
    };
  }, []);
  return { now, connected, scheduler, trouble };
}

export function App() {
  const [notice, setNotice] = useState("");
  const { now, connected, scheduler, trouble } = useNode(setNotice);
  const [query, setQuery] = useState({ text: "", group: "all", column: "attention", descending: false });
  const [selected, setSelected] = useState(null);
  const [opened, setOpened] = useState(null);
  const [dialog, setDialog] = useState(null);
  const [wanted, setWanted] = useState("");
  const [panel, setPanel] = useState(false);
  const [batch, setBatch] = useState(null);
  const filter = useRef(null);
  const grid = useRef(null);

  const rows = store.view(query);
  const counts = store.counts();
  const row = selected && store.rows.get(selected);
  const at = useMemo(() => rows.findIndex((each) => each.id === selected), [rows, selected]);
  const shownInDrawer = opened && store.rows.get(opened);

  useEffect(() => onTokenWanted(setWanted), []);

  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(""), 8000);
    return () => clearTimeout(timer);
  }, [notice]);

  const fetchOne = async (id) => {
    store.setStage(id, "queued");
    try {
      const report = await node.fetch(id);
      const failed = report.remotes.find((remote) => remote.error);
      if (failed) setNotice(`${id}: ${failed.error}`);
      return !failed;
    } catch (error) {
      setNotice(`${id}: ${error.message}`);
      return false;
    } finally {
      store.setStage(id, "");
    }
  };

  const fetchAll = async (ids) => {
    const run = { all: ids.length, done: 0, failed: 0, stopped: false };
    setBatch({ ...run, stop: () => (run.stopped = true) });
    const rest = [...ids];
    const worker = async () => {
      while (rest.length > 0 && !run.stopped) {
        if (!(await fetchOne(rest.shift()))) ++run.failed;
        ++run.done;
        setBatch((shown) => ({ ...shown, ...run }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    setBatch(null);
    setNotice(
      `${run.done} of ${run.all} fetched${run.failed ? `, ${run.failed} failed` : ""}${run.stopped ? ", then stopped" : ""}`,
    );
  };

  const setActivity = async (id, change) => {
    try {
      store.put(await change(id));
    } catch (error) {
      setNotice(`${id}: ${error.message}`);
    }
  };

  const askToFetchAll = () => {
    // Whoever wants all does not mean those that somebody has suspended.
    const ids = rows.filter((each) => each.state !== "suspended").map((each) => each.id);
    if (ids.length <= manyFetches) return fetchAll(ids);
    return setDialog({ kind: "fetch", ids });
  };

  const open = (id) => {
    setSelected(id);
    setOpened(id);
  };
  const close = () => {
    setOpened(null);
    grid.current?.focus();
  };

  const move = (to) => {
    if (rows.length === 0) return;
    const next = rows[Math.min(Math.max(to, 0), rows.length - 1)].id;
    setSelected(next);
    if (opened) setOpened(next);
  };

  const keys = {
    "/": () => filter.current?.focus(),
    ArrowDown: () => move(at + 1),
    ArrowUp: () => move(at < 0 ? 0 : at - 1),
    PageDown: () => move(at + 20),
    PageUp: () => move(at - 20),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    Enter: () => row && open(row.id),
    f: () => row && fetchOne(row.id),
    Escape() {
      if (opened) close();
      else setQuery({ ...query, text: "", group: "all" });
    },
  };

  const onKey = (event) => {
    if (dialog || wanted || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    if (target instanceof HTMLInputElement) {
      if (key !== "ArrowDown" && key !== "Enter" && key !== "Escape") return;
      if (key === "Enter" && at < 0) move(0);
      target.blur();
      grid.current?.focus();
      event.preventDefault();
      if (key === "ArrowDown") move(at < 0 ? 0 : at);
      if (key === "Escape") keys.Escape();
      return;
    }
    // Enter on a button presses the button, and in the drawer the arrows scroll.
    if (key === "Enter" && target.closest?.("button, a")) return;
    if (key !== "Escape" && key.length > 1 && target.closest?.(".drawer")) return;
    if (!keys[key]) return;
    event.preventDefault();
    keys[key]();
  };

  return (
    <div class={shownInDrawer ? "app with-drawer" : "app"} onKeyDown={onKey}>
      <KeyCatcher onKey={onKey} />
      <Header
        connected={connected}
        trouble={trouble}
        scheduler={scheduler}
        total={counts.all}
        loading={store.loading}
        panel={panel}
        onPanel={() => setPanel(!panel)}
      />
      {panel && <Panel limits={limits} now={now} />}
      <Toolbar
        query={query}
        counts={counts}
        shown={rows.length}
        batch={batch}
        filter={filter}
        onQuery={(change) => setQuery({ ...query, ...change })}
        onFetchAll={askToFetchAll}
        onAdd={() => setDialog({ kind: "add" })}
      />
      <main>
        <Table
          gridRef={grid}
          rows={rows}
          at={at}
          query={query}
          now={now}
          loading={store.loading}
          empty={counts.all === 0}
          onQuery={(change) => setQuery({ ...query, ...change })}
          onOpen={open}
          onFetch={fetchOne}
          onAdd={() => setDialog({ kind: "add" })}
        />
        {shownInDrawer && (
          <Drawer
            key={opened}
            row={shownInDrawer}
            now={now}
            onClose={close}
            onFetch={() => fetchOne(opened)}
            onSuspend={() => setActivity(opened, node.suspend)}
            onResume={() => setActivity(opened, node.resume)}
            onRemove={() => setDialog({ kind: "remove", id: opened, path: shownInDrawer.path })}
          />
        )}
      </main>
      <p class="notice" role="status" hidden={!notice}>
        {notice}
      </p>
      {dialog?.kind === "add" && (
        <AddDialog
          onClose={() => setDialog(null)}
          onAdd={async (path) => {
            const added = await node.add(path);
            store.put({ ...added, summary: added.summary ?? null });
            setDialog(null);
            open(added.id);
          }}
        />
      )}
      {dialog?.kind === "remove" && (
        <ConfirmDialog
          title={`Remove ${dialog.id}?`}
          text={`The node forgets the project and its history. The clone at ${dialog.path} stays as it is.`}
          action="Remove"
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            await node.remove(dialog.id);
            setDialog(null);
            store.remove(dialog.id);
            close();
          }}
        />
      )}
      {dialog?.kind === "fetch" && (
        <ConfirmDialog
          title={`Fetch ${dialog.ids.length.toLocaleString()} projects?`}
          text="The node fetches as many at once as the machine and the hosts bear."
          action="Fetch all"
          onClose={() => setDialog(null)}
          onConfirm={() => {
            setDialog(null);
            fetchAll(dialog.ids);
          }}
        />
      )}
      {wanted && (
        <TokenDialog
          why={wanted}
          onClose={() => setWanted("")}
          onToken={async (token) => {
            keepToken(token);
            await readList();
            setWanted("");
          }}
        />
      )}
    </div>
  );
}

/// Keys count wherever the focus is, also when it is nowhere.
function KeyCatcher({ onKey }) {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listener = (event) => {
      if (event.target === document.body) latest.current(event);
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
  return null;
}
