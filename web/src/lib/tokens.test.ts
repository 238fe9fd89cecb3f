// Text must be readable: every ink on every surface it is used on, in both themes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CONTRAST_MIN = 4.5;
/** Of marks, which are no text. */
const MARK_CONTRAST_MIN = 3;
const MARKS = Array.from({ length: 10 }, (_, index) => `c${index}`);
const css = readFileSync(new URL('../app.css', import.meta.url), 'utf8');

const PAIRS: [ink: string, surface: string][] = [
  ...['bg', 'panel', 'raised', 'sunken', 'hover'].flatMap((surface): [string, string][] => [
    ['ink', surface],
    ['ink-2', surface],
  ]),
  ...['bg', 'panel', 'raised', 'sunken'].map((surface): [string, string] => ['ink-3', surface]),
  ...['good', 'bad', 'amber', 'accent-ink'].flatMap((ink): [string, string][] => [
    [ink, 'bg'],
    [ink, 'panel'],
  ]),
  ['good', 'good-bg'],
  ['bad', 'bad-bg'],
  ['amber', 'amber-bg'],
  ['accent-ink', 'accent-bg'],
  ['on-accent', 'accent-fill'],
  ['on-bad', 'bad-fill'],
];

function token(name: string, theme: 0 | 1): string {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  if (!found) throw new Error(`no colour token --${name}`);
  return found[theme + 1] ?? '';
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('%s theme', (_name, theme) => {
  it.each(PAIRS)('%s on %s', (ink, surface) => {
    expect(contrast(token(ink, theme), token(surface, theme))).toBeGreaterThanOrEqual(CONTRAST_MIN);
  });

  it.each(MARKS)('the mark %s on a panel', (mark) => {
    expect(contrast(token(mark, theme), token('panel', theme))).toBeGreaterThanOrEqual(
      MARK_CONTRAST_MIN,
    );
  });

  it('has ten marks that differ', () => {
    expect(new Set(MARKS.map((mark) => token(mark, theme))).size).toBe(MARKS.length);
  });
});
