// The stream of events, read with fetch: an EventSource sends no token. It comes back after any end, with
// the id of what it has read.
import { node } from "./node.js";

const retry = 2000;

/// Calls `take` with each event that is whole: {id, event, data}, as the node writes them.
async function read(stream, take) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => line.match(/^(\w+): ?(.*)$/)?.slice(1));
      take(Object.fromEntries(fields.filter(Boolean)));
    }
  }
}

/// `on` has a function for each event that the node sends, and `connected(boolean)`.
export function follow(on) {
  const ended = new AbortController();
  let last = null;
  const take = ({ id, event, data }) => {
    last = id ?? last;
    if (data) on[event]?.(JSON.parse(data));
  };
  const open = async () => {
    try {
      const stream = await node.events(last, ended.signal);
      on.connected(true);
      await read(stream, take);
    } catch {
      // Whatever it was, the next attempt tells.
    }
    if (ended.signal.aborted) return;
    on.connected(false);
    setTimeout(open, retry);
  };
  open();
  return () => ended.abort();
}
