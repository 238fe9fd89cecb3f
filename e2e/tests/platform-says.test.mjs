// What platforms say that their ads brought: kept beside cost, restated and taken back with it, and
// shown beside leads and revenue.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
let server;
let browser;

const days = { from: '2015-11-01', to: '2015-11-02' };
const KEYS = [
  'cost',
  'platform_conversions',
  'platform_conversions_gap',
  'platform_value',
  'platform_value_gap',
];

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until a report says exactly these numbers. */
async function says(numbers) {
  let last;
  const question = { metrics: KEYS, period: days };
  const told = await eventually(async () => {
    const { totals } = await table(api, question);
    last = KEYS.map((key) => totals[key]);
    return JSON.stringify(last) === JSON.stringify(numbers);
  }).catch(() => false);
  assert.ok(told, `${JSON.stringify(last)} instead of ${JSON.stringify(numbers)}`);
}

const file = (rows) =>
  ['Day,Campaign,Source,Medium,Impressions,Clicks,Cost,Conversions,Conv. value', ...rows].join('\n');

test('conversions of a file are kept, restated and taken back with its costs', async () => {
  const rows = [
    '2015-11-01,Lenses,google,cpc,100,10,500,2.5,1000.50',
    '2015-11-02,Lenses,google,cpc,100,10,300,1,200',
  ];
  const first = await importFile(api, 'costs', 'costs.csv', file(rows));
  assert.equal(first.rows_accepted, 2);
  await says(['800.00', '3.50', '3.50', '1200.50', '1200.50']);
  const lead = { phone: '+79161234567', name: 'Anna', at: '2015-11-01T10:00:00Z' };
  await api.must('POST', '/leads', { body: lead });
  await says(['800.00', '3.50', '2.50', '1200.50', '1200.50']);
  // The platform takes half a conversion back; the cost stays.
  const restated = [rows[0].replace('2.5,1000.50', '2,900'), rows[1]];
  const second = await importFile(api, 'costs', 'restated.csv', file(restated));
  assert.deepEqual([second.rows_changed, second.rows_unchanged], [1, 1]);
  await says(['800.00', '3.00', '2.00', '1100.00', '1100.00']);
  await api.must('POST', `/imports/${second.id}/undo`);
  await says(['800.00', '3.50', '2.50', '1200.50', '1200.50']);
  const { items } = await api.must('GET', `/costs?from=${days.from}&to=${days.to}`);
  assert.deepEqual(
    items.map((cost) => [cost.day, cost.platform_conversions, cost.platform_value]),
    [
      ['2015-11-02', '1', '200.00'],
      ['2015-11-01', '2.5', '1000.50'],
    ],
  );
});

test('the screens show what platforms say beside what was seen', async () => {
  const { channels } = await api.must('GET', `/reconciliation?from=${days.from}&to=${days.to}`);
  const [search] = channels.filter((channel) => channel.platform_clicks === 20);
  assert.deepEqual(
    [search.platform_conversions, search.platform_conversions_gap, search.platform_value],
    ['3.5', '3.5', '1200.50'],
  );
  const { page, complaints } = await signedIn(browser, server.url, owner);
  const period = `from=${days.from}&to=${days.to}`;
  await page.goto(`${server.url}/costs?tab=reconciliation&${period}`);
  const told = page.getByTestId('platform-says');
  await told.getByText('(difference 3.5)').waitFor();
  await told.getByText('Conversions; leads here: 0').waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'platform-says');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.goto(`${server.url}/costs?tab=rows&${period}`);
  await page.getByText(/^2\.5 · .*1,000\.50/).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'platform-says-rows');
  assert.deepEqual(complaints, []);
});
