// Days that another tool counted: imported by the wizard, on the same charts as own days and marked
// as such, never beside an own visit of the day, left out where they cannot answer, and undone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, sendEvents } from '../lib/facts.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const DAY_MS = 86_400_000;
const now = Date.now();
const dayOf = (ago) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10);

let server;
let browser;
let page;
let complaints;
const api = client(() => server.url);

/** As Plausible exports days: the tenth before today to today itself. */
function days() {
  const rows = Array.from({ length: 11 }, (_, ago) => `"${dayOf(10 - ago)}",10,30,4,12,600`);
  return ['"date","visitors","pageviews","bounces","visits","visit_duration"', ...rows].join('\n');
}

const sources = () =>
  [
    'date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,utm_term,pageviews,visitors,visits,visit_duration,bounces',
    `${dayOf(5)},Google,google.com,,,,,,20,7,8,400,3`,
    `${dayOf(5)},,,,,,,,10,3,4,200,1`,
    `${dayOf(5)},Google,,,,,,,many,3,4,200,1`,
  ].join('\n');

const period = () => ({ from: dayOf(10), to: dayOf(0) });

async function ask(question) {
  const metrics = ['visitors', 'visits', 'page_views', 'bounce_rate', 'pages_per_visit'];
  return api.must('POST', '/reports/query', { body: { metrics, period: period(), ...question } });
}
const numbers = (report) => report.totals.map((cell) => cell.value);

async function importDays(name, content) {
  await page.goto(`${server.url}/imports/new/history`);
  await page.getByTestId('import-wizard').waitFor();
  const buffer = Buffer.from(content);
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.getByTestId('import-start').waitFor();
}

before(async () => {
  server = await startServer();
  await setUp(api, { time_zone: 'UTC' });
  const key = await apiKey(api);
  const seen = {
    id: 'own-1',
    type: 'page_view',
    url: 'https://optics.example/lenses',
    visitor: '0000000000001',
    at: new Date(now - 60_000).toISOString(),
    user_agent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  };
  await sendEvents(server.url, key, [seen]);
  await eventually(async () => (await counted(api, ['page_views'])).page_views === 1);
  browser = await openBrowser();
  ({ page, complaints } = await browser.page());
  await signIn(page, server.url, owner);
  complaints.length = 0;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('days come in by the wizard and stand beside own ones, never twice', async () => {
  await importDays('imported_visitors_20260101_20261231.csv', days());
  await page.getByLabel('Counted by').waitFor();
  await shoot(page, 'history-wizard');
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('button', { name: 'Import 11 rows' }).click();
  await page.getByTestId('import-result').waitFor();
  // Of the ten days before the first own visit; today has one of its own.
  const found = await eventually(async () => {
    const report = await ask({});
    return numbers(report)[0] === '101' && report;
  });
  assert.deepEqual(numbers(found), ['101', '121', '301', '33.88', '2.49']);
  assert.deepEqual(found.history, {
    tools: ['plausible'],
    stretches: [{ from: dayOf(10), to: dayOf(1) }],
    days: 10,
    compare_days: 0,
    left_out: null,
  });
});

test('what their file is not split by leaves them out and says so', async () => {
  const country = await ask({ dimensions: ['country'] });
  assert.deepEqual([numbers(country)[1], country.history.left_out], ['1', 'not_split']);
  const hours = await ask({ bucket: 'hour' });
  assert.deepEqual([numbers(hours)[1], hours.history.left_out], ['1', 'hours']);
  const leads = await ask({ metrics: ['leads', 'cr_visit_lead'] });
  assert.equal(leads.history, undefined);
});

test('sources have a file of their own, and a row that cannot be read is told', async () => {
  await importDays('imported_sources_20260101_20261231.csv', sources());
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('The amount or count is not a number').waitFor();
  const report = await eventually(async () => {
    const found = await ask({ dimensions: ['source'], metrics: ['visits'] });
    return found.history?.left_out === null && found;
  });
  const rows = report.rows.map((row) => [row.dimensions[0].value, row.cells[0].value]);
  assert.deepEqual(new Map(rows).get('google'), '8');
  assert.deepEqual([report.history.days, report.history.tools], [1, ['plausible']]);
});

test('the chart marks them, and the same is said in words', async () => {
  await page.goto(`${server.url}/analytics?from=${dayOf(10)}&to=${dayOf(0)}&bucket=day`);
  const note = page.getByTestId('history-note').first();
  await note.getByText('10 days').waitFor();
  await note.getByText('counted by Plausible').waitFor();
  await page.getByTestId('kpi-visitors').locator('.value', { hasText: /^101$/ }).waitFor();
  await page.getByTestId('card-places').getByText('left out').waitFor();
  await shoot(page, 'history-analytics');
  assert.deepEqual(await barriers(page), []);
  await page.getByText('Table', { exact: true }).first().click();
  assert.equal(await page.getByRole('rowheader').filter({ hasText: 'counted by Plausible' }).count(), 10);
  await page.setViewportSize(phone);
  await page.getByTestId('history-note').first().waitFor();
  assert.equal(await overflow(page), 0);
  await page.setViewportSize(desktop);
  assert.deepEqual(complaints, []);
});

test('an undo takes them out again', async () => {
  const { items } = await api.must('GET', '/imports?kind=history');
  assert.equal(items.length, 2);
  for (const { id } of items) await api.must('POST', `/imports/${id}/undo`);
  await eventually(async () => {
    const answer = await ask({});
    return numbers(answer)[1] === '1' && answer.history === undefined;
  });
});

test('days of no site are refused', async () => {
  const form = new FormData();
  form.set('kind', 'history');
  form.set('file', new Blob([days()]), 'days.csv');
  const { upload_id, options } = await api.must('POST', '/imports/preview', { form });
  assert.equal(options.tool, 'plausible');
  for (const site of [undefined, 99]) {
    const body = { upload_id, kind: 'history', options: { ...options, site } };
    const refused = await api.call('POST', '/imports', { body });
    assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'options.site']);
  }
});
