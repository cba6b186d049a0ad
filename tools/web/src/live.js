// The stream of events. The browser comes back by itself, with the id of what it has read; it gives
// up only when it got something that is no stream, such as a 503.

const retry = 2000;

/// `on` has a function for each event that the node sends, and `connected(boolean)`.
export function follow(on) {
  let source;
  let timer;
  const open = () => {
    source = new EventSource("/events");
    source.onopen = () => on.connected(true);
    source.onerror = () => {
      on.connected(false);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retry);
    };
    for (const name of ["status", "fetch", "scheduler", "removed", "reset"])
      source.addEventListener(name, (event) => on[name](JSON.parse(event.data)));
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
