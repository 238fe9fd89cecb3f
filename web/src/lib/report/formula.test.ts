// Formulas show the titles a marketer knows, not the keys of the API.
import { describe, expect, it } from 'vitest';
import { readableFormula } from './formula';

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
  ])('%s', (formula, expected) => {
    expect(readableFormula(formula, titleOf)).toBe(expected);
  });
});
