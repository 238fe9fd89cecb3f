// What platforms say beside what was seen: each gap with the causes that facts prove, the rest
// unexplained, and the rows behind the numbers on the screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, day, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;
let browser;

const period = () => `from=${day(-3)}&to=${day(0)}`;
const reconcile = (more = '') => api.must('GET', `/reconciliation?${period()}${more}`);

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api, { time_zone: 'UTC' });
  const key = await apiKey(api);
  // Two days ago the platform reported; yesterday it did not, and somebody came all the same.
  const visit = (id, at, bot) => ({
    id,
    type: 'page_view',
    url: 'https://optics.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring',
    visitor: String(id).padStart(13, '0'),
    at,
    ...(bot ? { user_agent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' } : {}),
  });
  const sent = await sendEvents(server.url, key, [
    visit('1', `${day(-2)}T10:00:00Z`),
    visit('2', `${day(-2)}T11:00:00Z`),
    visit('3', `${day(-1)}T23:30:00Z`),
    visit('4', `${day(-2)}T12:00:00Z`, true),
  ]);
  assert.equal(sent.status, 200);
  await eventually(async () => (await counted(api, ['visits'])).visits === 4);
  const costs = [
    'Date;Source;Medium;Campaign;Clicks;Cost',
    `${day(-2)};google;cpc;spring;10;100`,
    `${day(-2)};google;cpc;lost;4;40`,
  ].join('\n');
  const imported = await importFile(api, 'costs', 'costs.csv', costs);
  assert.equal(imported.state, 'done', JSON.stringify(imported));
  await eventually(async () => (await counted(api, ['ad_clicks'])).ad_clicks === 14);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

test('each gap is the sum of its causes and what nothing explains', async () => {
  const { channels, currency } = await reconcile();
  assert.equal(currency, 'RUB');
  assert.equal(channels.length, 1, JSON.stringify(channels));
  const [search] = channels;
  assert.deepEqual(
    [search.platform_clicks, search.visits, search.cost, search.days_without_report],
    [14, 3, '140.00', 1],
  );
  const parts = (gap) => Object.fromEntries(gap.causes.map(({ cause, size }) => [cause, size]));
  assert.equal(search.clicks_gap.size, '11');
  assert.deepEqual(parts(search.clicks_gap), {
    untagged: '4',
    machines: '1',
    days_without_report: '-1',
  });
  assert.equal(search.clicks_gap.unexplained, '7');
  assert.deepEqual(
    [search.cost_gap.size, parts(search.cost_gap), search.cost_gap.unexplained],
    ['40.00', { untagged: '40.00' }, '0.00'],
  );
  assert.deepEqual(search.unmet_campaigns, [{ campaign: 'lost', clicks: 4, cost: '40.00' }]);
  const wrong = await api.call('GET', `/reconciliation?${period()}&account_zone=Nowhere`);
  assert.deepEqual([wrong.status, wrong.body.errors[0].field], [422, 'account_zone']);
});

test('the account\'s days are told from the workspace\'s', async () => {
  // Where the day ends earlier, the visit of half past eleven belongs to the next one.
  const from = day(-3);
  const to = day(-1);
  const asked = (zone) =>
    api.must('GET', `/reconciliation?from=${from}&to=${to}&account_zone=${encodeURIComponent(zone)}`);
  const [search] = (await asked('Europe/Moscow')).channels;
  const shifted = search.clicks_gap.causes.find(({ cause }) => cause === 'time_zone');
  assert.equal(shifted?.size, '-1', JSON.stringify(search.clicks_gap));
});

test('the screen says why, and opens the rows', async () => {
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/costs?tab=reconciliation&${period()}`);
  const why = page.getByTestId('reconciliation-why');
  await why.getByText('Visits of machines, which are left out').waitFor();
  await why.getByText('lost', { exact: true }).waitFor();
  const table = page.getByTestId('reconciliation');
  await table.getByRole('button', { name: '14', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('costs.csv').first().or(drawer.getByText('spring').first()).waitFor();
  await page.keyboard.press('Escape');
  await shoot(page, 'reconciliation');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'reconciliation-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);
});
