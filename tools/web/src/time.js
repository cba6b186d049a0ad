// Times for people: short in the table, exact in the tooltip.

const steps = [
  [60, "s", 1],
  [3600, "min", 60],
  [86400, "h", 3600],
  [Infinity, "d", 86400],
];

function short(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [, unit, size] = steps.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / size)} ${unit}`;
}

export const ago = (time, now) => (time === null ? "–" : now - time < 2000 ? "just now" : short(now - time));
/// In a sentence.
export const agoInWords = (time, now) => (now - time < 2000 ? "just now" : `${short(now - time)} ago`);
export const until = (time, now) => (time === null ? "–" : time <= now ? "due" : short(time - now));
export const exact = (time) => (time === null ? undefined : new Date(time).toLocaleString());

export function duration(milliseconds) {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${(milliseconds / 60000).toFixed(1)} min`;
}
