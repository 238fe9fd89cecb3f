// Decimal strings as lengths on the screen. Only for drawing: nothing computed here is ever written.

export function lengthOf(value: string | null): number {
  return value === null ? 0 : Number(value);
}

export function isNegative(value: string | null): boolean {
  return value !== null && value.startsWith('-') && /[1-9]/.test(value);
}

/** A share of the longest, in percent of the track. */
export function shareOf(value: string | null, longest: number): number {
  if (longest <= 0) return 0;
  return Math.max(0, Math.min(100, (lengthOf(value) / longest) * 100));
}

/** The points of a sparkline inside a box. */
export function sparkPoints(values: (string | null)[], width: number, height: number): string {
  const numbers = values.map((value) => (value === null ? undefined : Number(value)));
  const known = numbers.filter((value) => value !== undefined);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const pad = 2;
  const x = (index: number): number => (index / (numbers.length - 1)) * width;
  const y = (value: number): number =>
    high === low ? height / 2 : pad + (1 - (value - low) / (high - low)) * (height - 2 * pad);
  return numbers
    .flatMap((value, index) =>
      value === undefined ? [] : [`${x(index).toFixed(1)},${y(value).toFixed(1)}`],
    )
    .join(' ');
}

/** Widths of a funnel: logarithmic, because its steps span orders of magnitude. */
export function funnelWidths(values: (string | null)[]): number[] {
  const logs = values.map((value) => Math.log10(1 + Math.max(0, lengthOf(value))));
  const longest = Math.max(...logs, 1);
  return logs.map((log) => (log / longest) * 100);
}
