// Figures of the node, from the text format of Prometheus.

/// The histogram `name` with `labels`: [upper bound, how many so far], smallest first.
function buckets(text, name, labels) {
  const found = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith(`${name}_bucket{`) || !labels.every((label) => line.includes(label))) continue;
    const bound = /le="([^"]+)"/.exec(line)[1];
    found.push([bound === "+Inf" ? Infinity : Number(bound), Number(line.slice(line.lastIndexOf(" ")))]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

/// Seconds below which a share of the answers lies; null without any. Within a bucket they are taken
/// to be spread evenly, as Prometheus does.
function quantile(counts, share) {
  const all = counts.at(-1)?.[1] ?? 0;
  if (all === 0) return null;
  const rank = share * all;
  const at = counts.findIndex(([, count]) => count >= rank);
  const [upper, count] = counts[at];
  const [lower, before] = at > 0 ? counts[at - 1] : [0, 0];
  if (upper === Infinity) return lower;
  return lower + ((upper - lower) * (rank - before)) / Math.max(1, count - before);
}

/// What happened since `before`, if that is known.
function since(now, before) {
  if (before?.length !== now.length) return now;
  return now.map(([bound, count], i) => [bound, count - before[i][1]]);
}

export const shares = [0.5, 0.95, 0.99];

/// Latencies of answers, of those since the last call where there were any.
export class Latencies {
  #before = new Map();

  take(text) {
    return ["total", "db", "pool", "graph"].map((part) => {
      const now = buckets(text, "headway_status_seconds", [`part="${part}"`]);
      const fresh = since(now, this.#before.get(part));
      this.#before.set(part, now);
      const counted = fresh.at(-1)?.[1] > 0 ? fresh : now;
      return { part, values: shares.map((share) => quantile(counted, share)) };
    });
  }
}

const kept = 300;

/// The limit of fetches, how many ran, and what limited them, a point each time something changed.
export class Limits {
  points = [];

  take({ transfers }, at) {
    const last = this.points.at(-1);
    const same =
      last && last.limit === transfers.limit && last.running === transfers.running && last.cause === transfers.limited_by;
    if (same) return;
    this.points.push({ at, limit: transfers.limit, running: transfers.running, cause: transfers.limited_by });
    if (this.points.length > kept) this.points.shift();
  }

  /// Changes of the cause, the latest first.
  causes() {
    return this.points.filter((point, i, all) => i === 0 || all[i - 1].cause !== point.cause).reverse();
  }
}
