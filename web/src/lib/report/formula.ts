// A metric's formula as a person reads it: metrics by their titles, signs of arithmetic.

const WORD = /[a-z][a-z_0-9]*/g;

/** Keys become titles when every word is a metric; a formula in prose stays as it is. */
export function readableFormula(
  formula: string,
  titleOf: (key: string) => string | undefined,
): string {
  const words = formula.match(WORD) ?? [];
  if (words.length < 2 || words.some((word) => titleOf(word) === undefined)) return formula;
  return formula.replace(WORD, (word) => titleOf(word) ?? word).replaceAll(' / ', ' ÷ ');
}
