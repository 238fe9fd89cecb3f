// Goals of a site: set on its page, counted in Web analytics as the facts say, and shown on Live.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, sendEvents } from '../lib/facts.mjs';
import { join, signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
let page;
let complaints;
const api = client(() => server.url);
const today = () => new Date().toISOString().slice(0, 10);
/** Where it is noon now: the day that is looked at does not end during the test. */
function noonZone() {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** What four people did just now. */
function facts() {
  const begun = Date.now() - 10_000;
  let number = 0;
  const fact = (visitor, type, path, more = {}) => {
    number += 1;
    return {
      id: `goal-${number}`,
      type,
      url: `https://optics.example${path}`,
      visitor: `000000000000${visitor}`,
      at: new Date(begun + number * 100).toISOString(),
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
      ...more,
    };
  };
  const order = (plan) => ({ name: 'Order', properties: { plan } });
  return [
    fact(1, 'page_view', '/lenses'),
    fact(1, 'event', '/basket', order('pro')),
    fact(1, 'event', '/basket', order('pro')),
    fact(1, 'page_view', '/thank-you/lenses'),
    fact(2, 'page_view', '/lenses'),
    fact(2, 'event', '/basket', order('basic')),
    fact(2, 'page_view', '/Thank-You/'),
    fact(3, 'page_view', '/lenses'),
    fact(4, 'page_view', '/frames'),
  ];
}

const make = (body) => api.must('POST', '/goals', { body: { site_id: 1, ...body } });
const numbers = (more = {}) =>
  api.must('POST', '/goals/query', { body: { period: { from: '2020-01-01', to: today() }, ...more } });
/** Visitors, times, rate and revenue by the goal's name. */
const told = async (more) => {
  const { rows } = (await numbers(more)).report;
  return Object.fromEntries(rows.map((row) => [row.dimensions[0].label, row.cells.map((cell) => cell.value)]));
};

before(async () => {
  server = await startServer();
  await setUp(api, { time_zone: noonZone() });
  const { items } = await sendEvents(server.url, await apiKey(api), facts());
  assert.deepEqual(new Set(items), new Set(['stored']));
  await eventually(async () => {
    const { page_views, events } = await counted(api, ['page_views', 'events']);
    return page_views === 6 && events === 3;
  });
  browser = await openBrowser();
  ({ page, complaints } = await browser.page());
  await signIn(page, server.url, owner);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const rowOf = (place, name) => place.getByRole('row').filter({ hasText: name });

test('Live shows events by name while no goal is set, and says how to set one', async () => {
  await page.goto(`${server.url}/live`);
  const live = page.getByTestId('live-goals');
  await rowOf(live, 'Order').getByText('3', { exact: true }).waitFor();
  await live.getByRole('link', { name: 'Set goals of a site' }).waitFor();
});

test('goals are set, changed and removed on the page of their site', async () => {
  await page.goto(`${server.url}/sites/1`);
  const card = page.getByTestId('site-goals');
  await card.getByText('No goal is set for this site.').waitFor();
  await card.getByRole('button', { name: 'New goal' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Bought pro');
  await dialog.getByLabel('Name of the event').fill('Order');
  await dialog.getByLabel(/^Only with property/).fill('plan');
  await dialog.getByLabel(/^that says/).fill('pro');
  await dialog.getByLabel(/^Worth/).fill('12,50');
  await shoot(page, 'goal-dialog');
  assert.deepEqual(await barriers(page), []);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await card.getByText('Event “Order” with plan = pro').waitFor();

  await card.getByRole('button', { name: 'New goal' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Thanked');
  await dialog.getByLabel('Reached by').selectOption('page');
  await dialog.getByLabel('Path of the page').fill('thank-you');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('A path such as /thank-you').waitFor();
  await dialog.getByLabel('Path of the page').fill('/thank-you*');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await card.getByText('Page /thank-you*').waitFor();

  await make({ name: 'Mistake', kind: 'page', target: '/nowhere' });
  await page.reload();
  await card.getByRole('button', { name: 'Edit goal: Mistake' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Wrong');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await card.getByRole('button', { name: 'Remove goal: Wrong' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await card.getByText('Wrong').waitFor({ state: 'detached' });
  await shoot(page, 'site-goals');
  assert.deepEqual(await barriers(page), []);
  assert.deepEqual(
    (await api.must('GET', '/goals')).items.map(({ name, worth }) => [name, worth]),
    [['Bought pro', '12.50'], ['Thanked', null]],
  );
});

test('a goal is watched, and what was seen stands beside it', async () => {
  await page.reload();
  const card = page.getByTestId('goal-alerts');
  await card.getByText('No goal of this site is watched.').waitFor();
  await card.getByRole('button', { name: 'New alert' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Goal', { exact: true }).selectOption('Thanked');
  await dialog.getByLabel('What is watched').selectOption('conversion');
  await dialog.getByLabel('Tell when it').selectOption('below');
  await dialog.getByLabel('Bound, %').fill('much');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('A number, such as 10 or 2.5').waitFor();
  await dialog.getByLabel('Bound, %').fill('2,5');
  await shoot(page, 'goal-alert-dialog');
  assert.deepEqual(await barriers(page), []);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await card.getByText('Conversion rate below 2.5 %, after every day').waitFor();
  await card.getByRole('button', { name: 'What was seen' }).click();
  const log = page.getByTestId('alert-log');
  await log.getByText('Nothing was looked at yet.').waitFor();
  await page.keyboard.press('Escape');
  await log.waitFor({ state: 'detached' });
  await shoot(page, 'goal-alerts');
  assert.deepEqual(await barriers(page), []);
  const [made] = (await api.must('GET', '/goal-alerts')).items;
  assert.deepEqual([made.measure, made.bound, made.is_on, made.last], ['conversion', '2.5', true, null]);
  const { goal_id, measure, every, at_minute } = made;
  const terms = { goal_id, measure, every, at_minute, recipients: [], tells_webhooks: true };
  const changed = await api.must('PUT', `/goal-alerts/${made.id}`, {
    headers: { 'If-Match': made.etag },
    body: { ...terms, condition: 'change', bound: '20', is_on: false },
  });
  assert.deepEqual([changed.condition, changed.is_on, changed.recipients], ['change', false, []]);
  assert.deepEqual((await api.must('GET', `/goal-alerts/${made.id}/looks`)).items, []);
  await page.reload();
  await card.getByText(/differs by more than 20 %/).waitFor();
  await card.getByRole('button', { name: 'Remove alert: Thanked' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await card.getByText('No goal of this site is watched.').waitFor();
});

test('each goal is counted as the facts say, within filters, and compared', async () => {
  await make({ name: 'Bought', kind: 'event', target: 'Order', worth: '10' });
  await make({ name: 'Ended', kind: 'page', target: '/thank-you' });
  assert.deepEqual(await told(), {
    Bought: ['2', '3', '50.00', '30.00'],
    'Bought pro': ['1', '2', '25.00', '25.00'],
    Ended: ['1', '1', '25.00', '0.00'],
    Thanked: ['2', '2', '50.00', '0.00'],
  });
  const onBasket = [{ dimension: 'page', op: 'is', values: ['optics.example/basket'] }];
  assert.deepEqual((await told({ filters: onBasket })).Bought, ['2', '3', '100.00', '30.00']);
  const elsewhere = [{ dimension: 'site', op: 'is', values: ['987654'] }];
  assert.deepEqual(await told({ filters: elsewhere }), {});
  const before = { compare: { from: '2019-01-01', to: '2019-12-31' } };
  const { rows } = (await numbers(before)).report;
  assert.deepEqual(rows.map(({ cells }) => cells[0].previous), ['0', '0', '0', '0']);
});

test('what is no goal is refused, and whoever may not change sites sets none', async () => {
  const refusals = [
    [{ kind: 'event', target: '' }, 'required'],
    [{ kind: 'page', target: 'thank-you' }, 'not_a_path'],
    [{ kind: 'page', target: '/a', property: 'plan', property_value: 'pro' }, 'not_allowed'],
    [{ kind: 'event', target: 'Order', property: 'plan' }, 'required'],
    [{ kind: 'event', target: 'Order', worth: '-1' }, 'not_an_amount'],
    [{ kind: 'event', target: 'Order', name: 'Bought' }, 'already_exists'],
  ];
  for (const [body, code] of refusals) {
    const refused = await api.call('POST', '/goals', { body: { site_id: 1, name: 'Other', ...body } });
    assert.match(JSON.stringify(refused.body), new RegExp(`"${code}"`), JSON.stringify(body));
  }
  const [channel] = (await api.must('GET', '/channels')).items;
  const partner = await join(server, api, 'partner@optics.example', 'partner', [channel.id]);
  assert.equal((await partner.call('GET', '/goals')).status, 403, 'rules are the set-up of a site');
  const asked = { period: { from: '2020-01-01', to: today() } };
  const { report, narrowing } = await partner.must('POST', '/goals/query', { body: asked });
  assert.deepEqual(narrowing, [], 'nor the hosts of a site');
  assert.ok(report.columns.every(({ key }) => key !== 'goal_revenue'));
  const body = { site_id: 1, name: 'Mine', kind: 'event', target: 'Order' };
  assert.equal((await partner.call('POST', '/goals', { body })).status, 403);
});

test('Web analytics shows the goals, and a click on one narrows the screen to it', async () => {
  complaints.length = 0;
  await page.goto(`${server.url}/analytics`);
  const card = page.getByTestId('card-goals');
  await rowOf(card, 'Bought pro').getByText('25.00', { exact: false }).first().waitFor();
  await rowOf(card, 'Thanked').getByText('50', { exact: false }).first().waitFor();
  await card.scrollIntoViewIfNeeded();
  await shoot(page, 'analytics-goals');
  assert.deepEqual(await barriers(page), []);
  await rowOf(card, 'Thanked').getByRole('button').click();
  const pages = page.getByTestId('card-pages');
  await rowOf(pages, '/thank-you/lenses').waitFor();
  await rowOf(pages, '/frames').waitFor({ state: 'detached' });
  await page.goto(`${server.url}/analytics`);
  await rowOf(card, 'Ended').getByRole('button').click();
  // A text is found in either case, and the other page begins alike.
  await rowOf(pages, /\/Thank-You\//).waitFor();
  await rowOf(pages, '/thank-you/lenses').waitFor({ state: 'detached' });
  await page.getByText('is, case and last slash aside').first().waitFor();
  await shoot(page, 'analytics-goal-page');
  await page.goto(`${server.url}/analytics`);
  await rowOf(card, 'Bought pro').getByRole('button').click();
  const events = page.getByTestId('card-events');
  await rowOf(events, 'Order').getByText('2', { exact: true }).waitFor();
  assert.match(page.url(), /property=plan/);
  assert.deepEqual(complaints, []);
});

test('Live shows the goals of today, and on a phone nothing scrolls sideways', async () => {
  await page.goto(`${server.url}/live`);
  const live = page.getByTestId('live-goals');
  await rowOf(live, 'Bought pro').getByText('2', { exact: true }).waitFor();
  await shoot(page, 'live-goals');
  await page.setViewportSize(phone);
  for (const address of ['/live', '/analytics', '/sites/1']) {
    await page.goto(`${server.url}${address}`);
    await page.getByText('Bought pro', { exact: true }).first().waitFor();
    assert.equal(await overflow(page), 0, address);
  }
  await page.goto(`${server.url}/analytics`);
  await page.emulateMedia({ colorScheme: 'dark' });
  const card = page.getByTestId('card-goals');
  await rowOf(card, 'Bought pro').waitFor();
  await card.scrollIntoViewIfNeeded();
  await shoot(page, 'analytics-goals-phone');
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: 'light' });
});
