// The field's worked examples, from the platform's file through the API to the report.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, setUp, table } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const campaigns = [
  { name: 'Sunglasses', clicks: 100, cost: 15000, leads: 9, cpl: '1666.67', cr: '9.00' },
  { name: 'Lenses', clicks: 300, cost: 13500, leads: 16, cpl: '843.75', cr: '5.33' },
  { name: 'Diamond glasses', clicks: 50, cost: 30000, leads: 11, cpl: '2727.27', cr: '22.00' },
];
const day = '2026-10-15';
const question = {
  metrics: ['cost', 'clicks', 'leads', 'cpl', 'cr_click_lead'],
  dimensions: ['campaign'],
  period: { from: '2026-10-01', to: '2026-10-31' },
};

let server;
let api;
let key;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
  key = await apiKey(api);
});
after(() => server.stop());

function googleFile(rows) {
  return [
    'Campaign report',
    'October 1, 2026 - October 31, 2026',
    'Day,Campaign,Ad group,Currency code,Impr.,Clicks,Cost',
    ...rows.map((row) => `${day},${row.name},General,RUB,${row.clicks * 30},${row.clicks},${row.cost}`),
    `Total: Campaigns,,,,1,${rows.reduce((sum, row) => sum + row.clicks, 0)},1`,
  ].join('\n');
}

const costs = { source: 'google', medium: 'cpc', vat: 'excluded' };

async function sendLeads(campaign, count) {
  for (let number = 0; number < count; number += 1) {
    await api.must('POST', '/leads', {
      headers: key,
      body: {
        external_id: `${campaign}-${number}`,
        phone: `+7916${String(1000000 + number * 37 + campaign.length * 7919).slice(0, 7)}`,
        source: 'google',
        medium: 'cpc',
        campaign,
        at: `${day}T10:00:00Z`,
      },
    });
  }
}

test('cost per lead and conversion come out as in the books', async () => {
  const done = await importFile(api, 'costs', 'google.csv', googleFile(campaigns), costs);
  assert.equal(done.state, 'done');
  assert.equal(done.rows_accepted, 3);
  for (const campaign of campaigns) await sendLeads(campaign.name, campaign.leads);
  const found = await eventually(async () => {
    const answer = await table(api, question);
    return answer.totals.leads === '36' && answer.totals.cost === '58500.00' ? answer : undefined;
  });
  for (const campaign of campaigns) {
    assert.deepEqual(found.rows[campaign.name], {
      cost: `${campaign.cost}.00`,
      clicks: String(campaign.clicks),
      leads: String(campaign.leads),
      cpl: campaign.cpl,
      cr_click_lead: campaign.cr,
    });
  }
});

test('spend without leads has no price, and the channels add up to the total', async () => {
  const answer = await table(api, { ...question, dimensions: ['channel'] });
  const sum = Object.values(answer.rows).reduce((total, row) => total + Number(row.cost), 0);
  assert.equal(sum, Number(answer.totals.cost));
});

test('an imported file can be undone, and the report is as it was to the byte', async () => {
  const ask = async () => {
    const { report } = await table(api, question);
    return JSON.stringify([report.rows, report.totals]);
  };
  const before = await ask();
  const extra = googleFile([{ name: 'Lenses', clicks: 10, cost: 777 }]);
  const done = await importFile(api, 'costs', 'again.csv', extra, costs);
  await eventually(async () => (await ask()) !== before);
  await api.must('POST', `/imports/${done.id}/undo`);
  await eventually(async () => (await ask()) === before);
});

test('the same file again changes nothing', async () => {
  const done = await importFile(api, 'costs', 'google.csv', googleFile(campaigns), costs);
  assert.equal(done.rows_changed, 0);
  assert.equal(done.rows_unchanged, 3);
});

test('a paid deal, a partial refund and a currency of its day', async () => {
  await api.must('PUT', '/exchange-rates', {
    body: { items: [{ date: '2026-10-01', from: 'EUR', to: 'RUB', rate: '100' }] },
  });
  const statuses = await api.call('GET', '/deal-statuses');
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': statuses.headers.get('etag') ?? statuses.body.etag },
    body: { items: [{ status: 'Paid', group: 'paid' }] },
  });
  const deals = await api.must('POST', '/deals', {
    headers: key,
    body: {
      items: [
        {
          external_id: 'D-1',
          status: 'Paid',
          amount: '80',
          cost_of_goods: '30',
          currency: 'EUR',
          created_at: `${day}T12:00:00Z`,
          paid_at: `${day}T13:00:00Z`,
          lead_external_id: 'Lenses-0',
        },
      ],
    },
  });
  assert.equal(deals.items[0].result, 'created');
  const money = {
    ...question,
    metrics: ['sales', 'revenue', 'gross_profit'],
    filters: [{ dimension: 'campaign', op: 'is', values: ['Lenses'] }],
  };
  const paid = await eventually(async () => {
    const answer = await table(api, money);
    return answer.totals.sales === '1' ? answer : undefined;
  });
  assert.equal(paid.totals.revenue, '8000.00');
  assert.equal(paid.totals.gross_profit, '5000.00');
});
