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

/** A sparkline inside a box, as a path: a gap stays a gap, and a lone point is a dot. */
export function sparkPath(values: (string | null)[], width: number, height: number): string {
  const numbers = values.map((value) => (value === null ? undefined : Number(value)));
  const known = numbers.filter((value) => value !== undefined);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const pad = 2;
  // What never was anything lies on the ground, what never changed in the middle.
  const still = high === 0 ? height - pad : height / 2;
  const x = (index: number): string => ((index / (numbers.length - 1)) * width).toFixed(1);
  const y = (value: number): string =>
    (high === low ? still : pad + (1 - (value - low) / (high - low)) * (height - 2 * pad)).toFixed(1);
  return numbers
    .flatMap((value, index) => {
      if (value === undefined) return [];
      const joins = numbers[index - 1] !== undefined;
      const lone = !joins && numbers[index + 1] === undefined;
      return [`${joins ? 'L' : 'M'}${x(index)} ${y(value)}${lone ? 'h0' : ''}`];
    })
    .join('');
}
