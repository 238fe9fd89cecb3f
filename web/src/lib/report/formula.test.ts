// Formulas show the titles a marketer knows, not the keys of the API.
import { describe, expect, it } from 'vitest';
import { begunAt, completed, metricsIn, readableFormula, suggestionsFor } from './formula';

const titles: Record<string, string> = {
  cost: 'Расход',
  gross_profit: 'Валовая прибыль',
  clicks: 'Клики',
  impressions: 'Показы',
};
const titleOf = (key: string): string | undefined => titles[key];

describe('readableFormula', () => {
  it.each([
    ['(gross_profit − cost) / cost', '(Валовая прибыль − Расход) ÷ Расход'],
    ['1000 × cost / impressions', '1000 × Расход ÷ Показы'],
    ['sum of reported clicks', 'sum of reported clicks'],
    ['cost', 'cost'],
    ['cost * 1.2', 'Расход * 1.2'],
  ])('%s', (formula, expected) => {
    expect(readableFormula(formula, titleOf)).toBe(expected);
  });
});

describe('a formula that is being written', () => {
  const metrics = Object.entries(titles).map(([key, title]) => ({ key, title }));

  it.each([
    ['(cost - gro', 11, 'gro'],
    ['cost / ', 7, ''],
    ['2 * Расх', 8, 'Расх'],
    ['cost / leads', 4, 'cost'],
    ['20', 2, ''],
  ])('begins a word in %s at %i', (text, cursor, expected) => {
    expect(begunAt(text, cursor)).toBe(expected);
  });

  it('offers metrics by key, by title and by a word of it', () => {
    const offered = (word: string): string[] => suggestionsFor(metrics, word).map(({ key }) => key);
    expect(offered('c')).toEqual(['cost', 'clicks']);
    expect(offered('прибыль')).toEqual(['gross_profit']);
    expect(offered('пок')).toEqual(['impressions']);
    expect(offered('')).toEqual([]);
  });

  it('takes the place of the word at the cursor', () => {
    expect(completed('2 * Расх / leads', 8, 'cost')).toEqual({ text: '2 * cost / leads', cursor: 8 });
  });

  it('names each metric once', () => {
    expect(metricsIn('(cost - 2 * cost) / leads')).toEqual(['cost', 'leads']);
  });
});
