// Two sales of the past, and the report that has them: what a copy has to give again.
import assert from 'node:assert/strict';

import { eventually, importFile, table } from './api.mjs';

const deals = [
  'Deal ID;Status;Created;Amount;Phone;Source',
  'D-1;paid;2026-10-05;8000;+48 512 345 601;google',
  'D-2;paid;2026-10-06;4000;+48 512 345 602;vk',
].join('\n');

export const past = {
  metrics: ['leads', 'deals', 'sales', 'revenue'],
  dimensions: ['source'],
  period: { from: '2026-01-01', to: '2026-10-31' },
  date_basis: 'creation',
};

/** Imports the sales; the report with both. */
export async function sell(api) {
  const imported = await importFile(api, 'deals', 'deals.csv', deals);
  assert.equal(imported.state, 'done', JSON.stringify(imported));
  return eventually(async () => {
    const asked = await table(api, past);
    return Number(asked.totals.sales) === 2 && asked;
  });
}
