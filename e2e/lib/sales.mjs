// Sales: two of the past with the report that has them, which a copy has to give again, and leads
// with a deal each.
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

/**
 * A lead of May 2026 with a deal of its own; the numbers of both are their day. `deal` is more of the
 * deal, `assignee` who the lead is handed to.
 */
export async function sellByLead(api, number, source, { deal, assignee } = {}) {
  const day = `2026-05-0${number}`;
  const lead = await api.must('POST', '/leads', {
    body: {
      external_id: `L-${number}`,
      name: `Customer ${number}`,
      phone: `+4860123450${number}`,
      source,
      medium: 'cpc',
      campaign: `camp-${number}`,
      at: `${day}T10:00:00Z`,
    },
  });
  const sold = {
    external_id: `D-${number}`,
    status: 'won',
    amount: `${number}00.00`,
    created_at: `${day}T12:00:00Z`,
    lead_external_id: `L-${number}`,
    ...deal,
  };
  await api.must('POST', '/deals', { body: { items: [sold] } });
  if (assignee !== undefined) {
    const { etag } = await api.must('GET', `/leads/${lead.id}`);
    await api.must('PUT', `/leads/${lead.id}/assignee`, {
      headers: { 'If-Match': etag },
      body: { assignee_id: assignee },
    });
  }
  return lead.id;
}
