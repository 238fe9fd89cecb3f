// A metric's formula: as a person reads it, and while somebody writes one.

/** What the keys of metrics begin with that a workspace defined. */
export const CUSTOM_PREFIX = 'custom:';

const WORD = /[a-z][a-z_0-9]*/g;
/** What stands before the cursor and may become a metric: letters of any language. */
const BEGUN = /[\p{L}_][\p{L}\p{N}_]*$/u;
const SUGGESTIONS_MAX = 8;

/** Keys become titles when every word is a metric; a formula in prose stays as it is. */
export function readableFormula(
  formula: string,
  titleOf: (key: string) => string | undefined,
): string {
  const words = formula.match(WORD) ?? [];
  const isAlone = words.length < 2 && words[0] === formula;
  if (words.length === 0 || isAlone || words.some((word) => titleOf(word) === undefined))
    return formula;
  return formula.replace(WORD, (word) => titleOf(word) ?? word).replaceAll(' / ', ' ÷ ');
}

/** The metrics that a formula names, each once. */
export const metricsIn = (formula: string): string[] => [...new Set(formula.match(WORD) ?? [])];

export interface Named {
  key: string;
  title: string;
}

/** The word that is being written at the cursor; empty where none is. */
export const begunAt = (text: string, cursor: number): string =>
  BEGUN.exec(text.slice(0, cursor))?.[0] ?? '';

/** The metrics that a word may mean, those that begin with it first. */
export function suggestionsFor<T extends Named>(metrics: readonly T[], word: string): T[] {
  const part = word.toLowerCase();
  if (part === '') return [];
  const rankOf = ({ key, title }: T): number => {
    const names = [key, title.toLowerCase()];
    if (names.some((name) => name.startsWith(part))) return 0;
    if (title.toLowerCase().split(/\s+/).some((each) => each.startsWith(part))) return 1;
    return names.some((name) => name.includes(part)) ? 2 : 3;
  };
  const ranked = metrics.map((metric, at) => ({ metric, at, rank: rankOf(metric) }));
  return ranked
    .filter(({ rank }) => rank < 3)
    .sort((left, right) => left.rank - right.rank || left.at - right.at)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ metric }) => metric);
}

/** The text with the metric in place of the word at the cursor, and where the cursor is then. */
export function completed(
  text: string,
  cursor: number,
  key: string,
): { text: string; cursor: number } {
  const begun = begunAt(text, cursor);
  const before = text.slice(0, cursor - begun.length) + key;
  return { text: before + text.slice(cursor), cursor: before.length };
}
