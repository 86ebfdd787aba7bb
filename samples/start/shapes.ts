/** Numbers as a person reads them: in units, as bars, as sparklines. */

const LEVELS = '▁▂▃▄▅▆▇█';
const PARTS = ' ▏▎▍▌▋▊▉';
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `1.7 s`, of milliseconds. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `431 kB`: three digits, and the unit that fits. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A bar of `width` characters, filled to an eighth of one; `share` is from 0 to 1. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  return (eighths % 8 === 0 ? full : full + PARTS[eighths % 8]!).padEnd(width, '░');
}

/** One character for each value, the newest on the right; what was never received is left open. */
export function sparkline(values: readonly (number | undefined)[], width: number, top: number): string {
  return values.slice(-width).map((value) => (value === undefined ? ' ' : level(value / top))).join('').padStart(width);
}

/** One character, the higher the fuller. */
export function level(share: number): string {
  return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, Math.floor(share * LEVELS.length)))]!;
}

/** Cuts a text to a width, and says so with its last character. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
