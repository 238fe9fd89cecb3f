// Metrics of the workspace's own: a formula is written, checked, tried, shown and held.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { hire, signIn, somebody } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
const PERIOD = { from: day(5), to: day(-1) };

let server;
let api;
let browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
  for (const [index, campaign] of ['spring', 'spring', 'autumn'].entries()) {
    await api.must('POST', '/leads', {
      body: { phone: `+4860123456${index}`, source: 'google', medium: 'cpc', campaign },
    });
  }
  await eventually(async () => {
    const { rows } = await table(api, { metrics: ['leads'], dimensions: ['campaign'], period: PERIOD });
    return rows.spring?.leads === '2' && rows.autumn?.leads === '1';
  });
  await hire(server, api, ['analyst', 'sales_manager', 'partner', 'smm']);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const make = (person, body) => person.call('POST', '/custom-metrics', { body });
const ask = (person, metric) =>
  person.call('POST', '/reports/query', {
    body: { metrics: ['leads', metric], dimensions: ['campaign'], period: PERIOD },
  });

test('rows and totals have the formula of their own sums, in reports and in files', async () => {
  const made = await api.must('POST', '/custom-metrics', {
    body: { name: 'Leads of three', formula: 'leads/3', direction: 'up' },
  });
  assert.deepEqual([made.formula, made.format, made.hidden], ['leads / 3', 'count', false]);
  const { body } = await ask(api, made.key);
  const values = Object.fromEntries(
    body.rows.map(({ dimensions, cells }) => [dimensions[0].label, cells[1].value]),
  );
  assert.deepEqual(values, { spring: '0.67', autumn: '0.33' });
  assert.equal(body.totals[1].value, '1', 'of the sums, not the sum of what was rounded');
  const sorted = await api.must('POST', '/reports/query', {
    body: {
      metrics: [made.key],
      dimensions: ['campaign'],
      period: PERIOD,
      order: [{ by: made.key, direction: 'asc' }],
    },
  });
  assert.equal(sorted.rows[0].dimensions[0].label, 'autumn');
  for (const format of ['csv', 'xlsx', 'pdf', 'json']) {
    const file = await api.call('POST', '/reports/export', {
      body: { metrics: [made.key], dimensions: ['campaign'], period: PERIOD, format },
    });
    assert.equal(file.status, 200, format);
    if (format === 'csv') assert.match(String(file.body), /Leads of three/);
  }
  const { metrics } = await api.must('GET', '/reports/catalogue?language=pl');
  const told = metrics.find(({ key }) => key === made.key);
  assert.deepEqual([told.title, told.formula, told.group], ['Leads of three', 'leads / 3', 'custom']);
  const rows = await api.call('POST', '/reports/rows', {
    body: { metrics: [made.key], metric: made.key, row: {}, period: PERIOD },
  });
  assert.deepEqual([rows.status, rows.body.errors[0].code], [422, 'no_rows_behind']);
  const removed = await api.call('DELETE', `/custom-metrics/${made.id}`, {
    headers: { 'If-Match': made.etag },
  });
  assert.equal(removed.status, 204);
  assert.match(JSON.stringify((await ask(api, made.key)).body), /unknown_metric/);
});

test('what does not go together is refused, with its place, in the reader’s language', async () => {
  const refused = await make(api, { name: 'Wrong', formula: 'revenue + leads' });
  assert.deepEqual([refused.status, refused.body.errors[0].code], [422, 'formula_units']);
  const check = await api.must('POST', '/custom-metrics/check', {
    body: { formula: '2 * (revenue + leads)', language: 'ru' },
  });
  assert.deepEqual([check.formula, check.problem.from, check.problem.to], [null, 4, 21]);
  assert.match(check.problem.detail, /«revenue» — деньги, а «leads» — количество/);
  const unfit = await make(api, { name: 'Wrong', formula: 'cost / leads', format: 'percent' });
  assert.equal(unfit.body.errors[0].field, 'format');
});

test('who does not see spend sees nothing that is made of it, and some may define none', async () => {
  const [analyst, sales, partner, smm] = await Promise.all(
    ['analyst', 'sales_manager', 'partner', 'smm'].map((role) => somebody(server, role)),
  );
  const made = await make(analyst, { name: 'Half price', formula: 'cost / leads * 50%' });
  assert.equal(made.status, 201);
  assert.equal((await ask(smm, made.body.key)).status, 200);
  assert.equal((await ask(sales, made.body.key)).status, 403);
  const [listed] = (await sales.must('GET', '/custom-metrics')).items;
  assert.deepEqual([listed.hidden, listed.formula], [true, '']);
  assert.deepEqual((await partner.must('GET', '/custom-metrics')).items, []);
  assert.equal((await ask(partner, made.body.key)).status, 422);
  assert.equal((await make(sales, { name: 'Own', formula: 'leads' })).status, 403);
  const { etag, id } = made.body;
  await api.must('DELETE', `/custom-metrics/${id}`, { headers: { 'If-Match': etag } });
  const acts = (await api.must('GET', '/audit')).items.map(({ act }) => act);
  assert.ok(acts.includes('custom_metric.created') && acts.includes('custom_metric.deleted'));
});

test('a metric is written, tried, shown in a report and a view, and held by it', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/settings?tab=metrics`);
  const card = page.getByTestId('custom-metrics');
  await card.getByText('No metric of your own yet').waitFor();
  await shoot(page, 'custom-metrics-empty');
  await card.getByRole('button', { name: 'Define a metric' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Leads twice');
  const formula = dialog.getByRole('combobox', { name: 'Formula' });
  await formula.fill('revenue + leads');
  await dialog.getByText('Character 1: “revenue” is money and “leads” is a count').waitFor();
  await shoot(page, 'custom-metrics-wrong');
  assert.equal(await dialog.getByRole('button', { name: 'Create' }).isDisabled(), true);

  // A metric is found by its name and taken with the keyboard.
  await formula.fill('2 * ');
  await formula.press('End');
  await formula.pressSequentially('Lead');
  await dialog.getByRole('option', { selected: true }).getByText('leads', { exact: true }).waitFor();
  await formula.press('Enter');
  assert.equal(await formula.inputValue(), '2 * leads');
  await dialog.getByTestId('metric-preview').getByText('6', { exact: true }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'custom-metrics-dialog');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'custom-metrics-dialog-phone');
  await page.setViewportSize({ width: 1440, height: 1000 });
  await dialog.getByRole('button', { name: 'Create' }).click();
  await card.getByText('Leads twice').waitFor();

  await page.goto(`${server.url}/reports?by=campaign&columns=leads`);
  await page.getByTestId('columns-button').click();
  await dialog.getByRole('checkbox', { name: 'Leads twice' }).check();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  const rows = page.getByTestId('report-card');
  await rows.getByRole('columnheader', { name: /Leads twice/ }).waitFor();
  await rows.getByRole('button', { name: /^4/ }).first().click();
  const drawer = page.getByTestId('number-drawer');
  await drawer.getByText('2 * Leads').waitFor();
  await drawer.getByTestId('number-count').waitFor();
  await shoot(page, 'custom-metrics-number');
  await drawer.getByRole('button', { name: 'Close' }).click();
  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitem', { name: 'Save as a view…' }).click();
  await dialog.getByLabel('Name').fill('Twice');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByTestId('views-menu').getByText('Twice').waitFor();

  await page.goto(`${server.url}/settings?tab=metrics`);
  await card.getByText('In saved views: “Twice”').waitFor();
  const remove = async () => {
    await card.getByRole('button', { name: 'Delete the metric: Leads twice' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
  };
  await remove();
  await card.getByText('“Leads twice” stays: it is shown in “Twice”').waitFor();
  await shoot(page, 'custom-metrics-held');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'custom-metrics-phone');
  const [view] = (await api.must('GET', '/saved-views')).items;
  await api.must('DELETE', `/saved-views/${view.id}`, { headers: { 'If-Match': view.etag } });
  await page.reload();
  await remove();
  await card.getByText('No metric of your own yet').waitFor();
  assert.ok(complaints.every((each) => /409|metric_in_use/.test(String(each))), String(complaints));
});
