import { useEffect, useRef, useState } from "preact/hooks";
import { Latencies, shares } from "./figures.js";
import { node } from "./node.js";
import { ago, exact } from "./time.js";

const pause = 5000;

function useLatencies() {
  const [rows, setRows] = useState([]);
  const latencies = useRef(new Latencies());
  useEffect(() => {
    let current = true;
    const look = () =>
      node.metrics().then(
        (text) => current && setRows(latencies.current.take(text)),
        () => {},
      );
    look();
    const timer = setInterval(look, pause);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, []);
  return rows;
}

const names = { total: "whole answer", db: "store", pool: "reading refs", graph: "counting" };

function inWords(seconds) {
  if (seconds === null) return "–";
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  return `${seconds.toFixed(1)} s`;
}

function LatencyTable() {
  const rows = useLatencies();
  return (
    <table class="latencies">
      <thead>
        <tr>
          <th>Sync status</th>
          {shares.map((share) => (
            <th key={share} class="number">p{share * 100}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ part, values }) => (
          <tr key={part}>
            <td>{names[part]}</td>
            {values.map((value, i) => (
              <td key={shares[i]} class="number">{inWords(value)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const width = 320;
const height = 64;

/// A line of steps through `points`, which end now.
function steps(points, value, most, begin, now) {
  const x = (at) => ((at - begin) / Math.max(1, now - begin)) * width;
  const y = (count) => height - 2 - (count / most) * (height - 4);
  let path = "";
  for (const point of points) path += `${path ? `H${x(point.at).toFixed(1)}V` : `M${x(point.at).toFixed(1)} `}${y(value(point)).toFixed(1)}`;
  return `${path}H${width}`;
}

function LimitChart({ limits, now }) {
  const { points } = limits;
  if (points.length === 0) return <p class="faint">Nothing heard of the scheduler yet.</p>;
  const begin = points[0].at;
  const most = Math.max(1, ...points.map((point) => Math.max(point.limit, point.running)));
  const last = points.at(-1);
  return (
    <>
      <svg class="limits" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img"
        aria-label={`Fetches at once: limit ${last.limit}, running ${last.running}, at most ${most} since ${ago(begin, now)}`}>
        <path class="limit" d={steps(points, (point) => point.limit, most, begin, now)} />
        <path class="running" d={steps(points, (point) => point.running, most, begin, now)} />
      </svg>
      <p class="legend">
        <span><i class="limit" /> limit {last.limit}</span>
        <span><i class="running" /> running {last.running}</span>
        <span class="faint">since {ago(begin, now)}</span>
      </p>
      <ul class="causes">
        {limits.causes().slice(0, 4).map((point) => (
          <li key={point.at}>
            <span class="when" title={exact(point.at)}>{ago(point.at, now)}</span> {point.cause ?? "no limit"}
          </li>
        ))}
      </ul>
    </>
  );
}

/// How the node itself is doing: latencies now, and limits over time.
export function Panel({ limits, now }) {
  return (
    <section class="panel" aria-label="The node">
      <div>
        <h2>Time until an answer</h2>
        <LatencyTable />
      </div>
      <div>
        <h2>Fetches at once</h2>
        <LimitChart limits={limits} now={now} />
      </div>
    </section>
  );
}
