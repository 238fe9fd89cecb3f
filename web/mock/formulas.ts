// Looks at formulas as far as the screen needs it: words that are no metric, and a value.
import type { Report } from '../src/lib/api/report-types';
import type { FormulaCheck } from '../src/lib/api/types';
import { METRICS } from './catalogue.ts';
import { query } from './reports.ts';

const WORD = /[a-z][a-z_0-9]*/g;

export function checkFormula(formula: string): FormulaCheck {
  const words = [...formula.matchAll(WORD)];
  const unknown = words.find(([word]) => !METRICS.some(({ key }) => key === word));
  if (unknown) {
    const [name] = unknown;
    const from = unknown.index;
    const detail = `Character ${from + 1}: there is no metric “${name}”.`;
    const problem = { code: 'formula_metric', detail, from, to: from + name.length };
    return { formula: null, formats: [], metrics: [], problem };
  }
  const metrics = [...new Set(words.map(([word]) => word))];
  const isMoney = METRICS.some(({ key, unit }) => key === metrics[0] && unit === 'money');
  return { formula, formats: isMoney ? ['money'] : ['percent', 'number'], metrics, problem: null };
}

export function previewFormula(formula: string): Report {
  const { metrics } = checkFormula(formula);
  const to = new Date().toISOString().slice(0, 10);
  const from = new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10);
  const period = { from, to };
  return query({ metrics, dimensions: [], filters: [], period, totals: true });
}
