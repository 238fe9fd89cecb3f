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

async function sendLeads(campaign, count, source = 'google') {
  for (let number = 0; number < count; number += 1) {
    await api.must('POST', '/leads', {
      headers: key,
      body: {
        external_id: `${campaign}-${number}`,
        phone: `+7916${String(1000000 + number * 37 + campaign.length * 7919).slice(0, 7)}`,
        source,
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

test('spend without leads has no price and says why, and the channels add up to the total', async () => {
  const alone = googleFile([{ name: 'Nobody asks', clicks: 10, cost: 500 }]);
  const done = await importFile(api, 'costs', 'alone.csv', alone, { ...costs, source: 'vk' });
  const { report } = await eventually(async () => {
    const answer = await table(api, question);
    return answer.rows['Nobody asks'] && answer;
  });
  const row = report.rows.find(({ dimensions }) => dimensions[0].label === 'Nobody asks');
  const keys = report.columns.filter(({ kind }) => kind === 'metric').map(({ key }) => key);
  const cell = (key) => row.cells[keys.indexOf(key)];
  assert.deepEqual([cell('cost').value, cell('leads').value], ['500.00', '0']);
  assert.deepEqual([cell('cpl').value, cell('cpl').reason], [null, 'zero_denominator']);
  const answer = await table(api, { ...question, dimensions: ['channel'] });
  assert.equal(Object.keys(answer.rows).length, 2);
  const sum = Object.values(answer.rows).reduce((total, { cost }) => total + Number(cost), 0);
  assert.equal(sum, 59_000);
  assert.equal(answer.totals.cost, '59000.00');
  await api.must('POST', `/imports/${done.id}/undo`);
  await eventually(async () => (await table(api, question)).totals.cost === '58500.00');
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
  assert.equal(done.rows_new + done.rows_changed, 0);
  assert.equal(done.rows_unchanged, 3);
});

const noon = `${day}T12:00:00Z`;

async function paidDeals(items) {
  const whole = { status: 'Paid', created_at: noon, paid_at: `${day}T13:00:00Z` };
  const saved = await api.must('POST', '/deals', {
    headers: key,
    body: { items: items.map((item) => ({ ...whole, ...item })) },
  });
  assert.ok(saved.items.every(({ result }) => result === 'created'), JSON.stringify(saved));
}

/** A campaign's numbers, once one of them is as wanted. */
function campaignNumbers(campaign, metrics, [name, value]) {
  const filters = [{ dimension: 'campaign', op: 'is', values: [campaign] }];
  return eventually(async () => {
    const { totals } = await table(api, { ...question, metrics, dimensions: [], filters });
    return totals[name] === value && totals;
  });
}

test('a paid deal, a partial refund and a currency of its day', async () => {
  const { etag } = await api.must('GET', '/exchange-rates');
  await api.must('PUT', '/exchange-rates', {
    headers: { 'If-Match': etag },
    body: { items: [{ date: '2026-10-01', from: 'EUR', to: 'RUB', rate: '100' }] },
  });
  const statuses = await api.call('GET', '/deal-statuses');
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': statuses.headers.get('etag') ?? statuses.body.etag },
    body: { items: [{ status: 'Paid', group: 'paid' }] },
  });
  const euros = { amount: '80', cost_of_goods: '30', currency: 'EUR' };
  await paidDeals([{ external_id: 'D-1', lead_external_id: 'Lenses-0', ...euros }]);
  const metrics = ['sales', 'revenue', 'refunds', 'gross_profit'];
  assert.deepEqual(await campaignNumbers('Lenses', metrics, ['sales', '1']), {
    sales: '1',
    revenue: '8000.00',
    refunds: '0.00',
    gross_profit: '5000.00',
  });
  const part = { deal_external_id: 'D-1', at: `${day}T14:00:00Z`, amount: '80', kind: 'payment' };
  const payments = [
    { ...part, external_id: 'P-1' },
    { ...part, external_id: 'P-2', kind: 'refund', amount: '12.50' },
  ];
  await api.must('POST', '/payments', { headers: key, body: { items: payments } });
  assert.deepEqual(await campaignNumbers('Lenses', metrics, ['refunds', '1250.00']), {
    sales: '1',
    revenue: '6750.00',
    refunds: '1250.00',
    gross_profit: '3750.00',
  });
});

test('ten thousand for a hundred leads is a hundred a lead', async () => {
  const file = googleFile([{ name: 'Hundred', clicks: 400, cost: 10_000 }]);
  await importFile(api, 'costs', 'hundred.csv', file, { ...costs, source: 'hundred' });
  await sendLeads('Hundred', 100, 'hundred');
  const found = await campaignNumbers('Hundred', ['cost', 'leads', 'cpl'], ['leads', '100']);
  assert.deepEqual(found, { cost: '10000.00', leads: '100', cpl: '100.00' });
});

test('the margin plan: half of a margin of 5,000 at a tenth of sales is a lead price of 250', async () => {
  const file = googleFile([{ name: 'Plan', clicks: 100, cost: 5_000 }]);
  await importFile(api, 'costs', 'plan.csv', file, { ...costs, source: 'plan' });
  await sendLeads('Plan', 20, 'plan');
  // The average order is what counts: neither of the two is of 8,000.
  await paidDeals([
    { external_id: 'P-0', lead_external_id: 'Plan-0', amount: '6000', cost_of_goods: '2500' },
    { external_id: 'P-1', lead_external_id: 'Plan-1', amount: '10000', cost_of_goods: '3500' },
  ]);
  const metrics = ['aov', 'gross_profit', 'cr_lead_sale', 'cpl', 'cac', 'ad_cost_share', 'romi'];
  assert.deepEqual(await campaignNumbers('Plan', metrics, ['cr_lead_sale', '10.00']), {
    aov: '8000.00',
    gross_profit: '10000.00',
    cr_lead_sale: '10.00',
    cpl: '250.00',
    cac: '2500.00',
    ad_cost_share: '31.25',
    romi: '100.00',
  });
});

test('a rebuild from the journal changes no report', async () => {
  const metrics = ['cost', 'clicks', 'leads', 'deals', 'sales', 'revenue', 'refunds', 'gross_profit', 'cpl'];
  const questions = ['last_non_direct', 'first', 'last'].flatMap((attribution) =>
    ['visit', 'creation', 'payment'].flatMap((date_basis) =>
      [{ dimensions: ['channel', 'campaign'] }, { dimensions: ['source'], bucket: 'day' }].map(
        (shape) => ({ ...question, metrics, attribution, date_basis, ...shape }),
      ),
    ),
  );
  const ask = async () => {
    const answers = [];
    for (const body of questions) {
      const { rows, totals } = await api.must('POST', '/reports/query', { body });
      answers.push({ rows, totals });
    }
    return answers;
  };
  const before = await ask();
  assert.ok(before.every(({ rows }) => rows.length > 1));
  await server.offline(['rebuild', '--json']);
  assert.deepEqual(await ask(), before);
});
