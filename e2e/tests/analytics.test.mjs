// Web analytics of a site: the same numbers as the facts that were sent, narrowed by a click on a
// row, opened down to what an event said, and the same again from the address alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, sendEvents } from '../lib/facts.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const agents = {
  desktop:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  phone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
};
/** Pages that one visitor goes through: more than a card shows. */
const WALK = 11;

let server;
let browser;
let page;
let complaints;
const api = client(() => server.url);

/** What three people did this hour, in order. */
function facts() {
  const begun = Date.now() - 20 * 60_000;
  let number = 0;
  const fact = (visitor, type, path, more = {}) => {
    number += 1;
    return {
      id: `fact-${number}`,
      type,
      url: `https://optics.example${path}`,
      visitor: `000000000000${visitor}`,
      at: new Date(begun + number * 1_000).toISOString(),
      user_agent: visitor === 3 ? agents.phone : agents.desktop,
      ...more,
    };
  };
  const ad = '?utm_source=google&utm_medium=cpc&utm_campaign=lenses';
  return [
    fact(1, 'page_view', `/lenses${ad}`),
    fact(1, 'page_view', '/basket'),
    fact(1, 'event', '/basket', { name: 'Order', properties: { plan: 'pro', colour: 'red' } }),
    fact(1, 'event', '/basket', { name: 'Order', properties: { plan: 'basic' } }),
    fact(1, 'event', '/basket', { name: 'outbound', link: 'https://bank.example/pay' }),
    fact(2, 'page_view', '/lenses'),
    fact(2, 'event', '/lenses', { name: 'Call' }),
    ...Array.from({ length: WALK }, (_, index) => fact(3, 'page_view', `/frames/${index}`)),
    fact(3, 'event', '/frames/10', { name: 'download', link: 'https://optics.example/price.pdf' }),
  ];
}

before(async () => {
  server = await startServer();
  await setUp(api);
  const key = await apiKey(api);
  const sent = facts();
  const { items } = await sendEvents(server.url, key, sent);
  assert.deepEqual(new Set(items), new Set(['stored']));
  await eventually(async () => {
    const { page_views, events, downloads } = await counted(api, ['page_views', 'events', 'downloads']);
    return page_views === WALK + 3 && events === 3 && downloads === 1;
  });
  browser = await openBrowser();
  ({ page, complaints } = await browser.page());
  await signIn(page, server.url, owner);
  await page.getByRole('link', { name: 'Web analytics' }).click();
  await page.getByTestId('kpi-visitors').waitFor();
  complaints.length = 0;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const card = (key) => page.getByTestId(`card-${key}`);
const rowOf = (place, name) => place.getByRole('row').filter({ hasText: name });
const kpi = (key, text) => page.getByTestId(`kpi-${key}`).locator('.value', { hasText: text }).waitFor();
const choose = (key, title) => card(key).getByText(title, { exact: true }).first().click();

test('the head figures and every card say what was sent', async () => {
  await kpi('visitors', /^3$/);
  await kpi('visits', /^3$/);
  await kpi('page_views', new RegExp(`^${WALK + 3}$`));
  await rowOf(card('sources'), 'Paid search').waitFor();
  await choose('sources', 'Source');
  await rowOf(card('sources'), 'google').waitFor();
  await rowOf(card('pages'), 'optics.example/lenses').getByText('2', { exact: true }).waitFor();
  await choose('pages', 'Exit page');
  await card('pages').getByRole('columnheader', { name: 'Exit page' }).waitFor();
  await rowOf(card('pages'), 'optics.example/basket').waitFor();
  await rowOf(card('pages'), 'optics.example/frames/10').waitFor();
  assert.equal(await card('pages').getByRole('row').count(), 4, 'three visits end on three pages');
  await rowOf(card('devices'), 'Phone').waitFor();
  await choose('devices', 'Browser');
  await rowOf(card('devices'), 'Chrome').getByText('2', { exact: true }).first().waitFor();
  await rowOf(card('events'), 'Order').getByText('2', { exact: true }).waitFor();
  await rowOf(card('events'), 'Call').waitFor();
  await rowOf(card('away'), 'https://bank.example/pay').waitFor();
  await choose('away', 'Downloaded file');
  await rowOf(card('away'), 'price.pdf').waitFor();
  await shoot(page, 'analytics');
  assert.deepEqual(await barriers(page), []);
  assert.deepEqual(complaints, []);
});

test('a row narrows everything, and the address alone shows the same', async () => {
  await page.goto(`${server.url}/analytics?sources=source`);
  await rowOf(card('sources'), 'google').getByRole('button').click();
  await kpi('visitors', /^1$/);
  await rowOf(card('pages'), '/basket').waitFor();
  assert.match(page.url(), /filter=source%3Ais%3Agoogle/);
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await kpi('visitors', /^1$/);
  await kpi('page_views', /^2$/);
  await page.getByRole('button', { name: /Remove filter/ }).click();
  await kpi('visitors', /^3$/);
});

test('an event opens into what it said of each property', async () => {
  await page.goto(`${server.url}/analytics`);
  await rowOf(card('events'), 'Order').getByRole('button').click();
  const drawer = page.getByTestId('event-drawer');
  const said = drawer.getByTestId('bar-list').first();
  await rowOf(said, 'red').waitFor();
  await drawer.getByLabel('Property').selectOption('plan');
  await rowOf(said, 'basic').waitFor();
  await said.getByText('pro', { exact: true }).waitFor();
  await rowOf(drawer, 'optics.example/basket').waitFor();
  assert.match(page.url(), /event=Order/);
  await shoot(page, 'analytics-event');
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /event=/);
});

test('the whole list is searched on the server, within the one site that was chosen', async () => {
  await page.goto(`${server.url}/analytics`);
  await page.getByLabel('Site', { exact: true }).selectOption('Optics');
  await rowOf(card('pages'), '/lenses').first().waitFor();
  await card('pages').getByRole('button', { name: /^Show all/ }).click();
  const list = page.getByTestId('whole-list');
  await rowOf(list, '/frames/7').waitFor();
  await list.getByRole('searchbox').fill('LENS');
  await rowOf(list, '/frames/7').waitFor({ state: 'detached' });
  await rowOf(list, '/lenses').waitFor();
  await list.getByRole('button', { name: 'Close' }).click();
  await list.waitFor({ state: 'detached' });
});

test('on a phone nothing scrolls sideways', async () => {
  await page.setViewportSize(phone);
  await page.goto(`${server.url}/analytics`);
  await kpi('visitors', /^3$/);
  await rowOf(card('away'), 'bank.example').waitFor();
  assert.equal(await overflow(page), 0);
  await shoot(page, 'analytics-phone');
  assert.deepEqual(await barriers(page), []);
  assert.deepEqual(complaints, []);
});

test('a site leads to its own analytics', async () => {
  await page.setViewportSize(desktop);
  await page.goto(`${server.url}/sites/1`);
  await page.getByRole('main').getByRole('link', { name: 'Web analytics' }).click();
  await kpi('visitors', /^3$/);
  assert.match(page.url(), /\/analytics\?filter=site%3Ais%3A1/);
  await rowOf(card('pages'), '/lenses').waitFor();
});

test('what was looked for on a site stands in a card of its own, by address and by event', async () => {
  const site = await api.must('POST', '/sites', {
    body: { domain: 'shop.example', consent_mode: 'cookie', search_parameters: ['find', ' text '] },
  });
  assert.deepEqual(site.search_parameters, ['find', 'text']);
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const fact = (id, type, path, more) => ({
    id,
    type,
    url: `https://shop.example${path}`,
    visitor: '0000000000009',
    at: at(9 - Number(id.slice(-1))),
    ...more,
  });
  const key = await apiKey(api);
  const sent = await sendEvents(server.url, key, [
    fact('search-1', 'page_view', '/results?find=Blue+Frames'),
    fact('search-2', 'page_view', '/results?text=blue%20frames&page=2'),
    fact('search-3', 'page_view', '/results?q=not+asked+for'),
    fact('search-4', 'event', '/', { name: 'search', properties: { search: 'monocle', search_count: '0' } }),
  ]);
  assert.deepEqual(new Set(sent.items), new Set(['stored']));
  await eventually(async () => {
    const { searches, empty_searches, page_views } = await counted(api, [
      'searches',
      'empty_searches',
      'page_views',
    ]);
    return searches === 3 && empty_searches === 1 && page_views === WALK + 6;
  });
  await page.goto(`${server.url}/analytics?filter=site%3Ais%3A${site.id}`);
  await rowOf(card('search'), 'blue frames').getByText('2', { exact: true }).waitFor();
  await rowOf(card('search'), 'monocle').getByText('1', { exact: true }).first().waitFor();
  assert.equal(await card('search').getByText('not asked for').count(), 0);
  await shoot(page, 'analytics-search');
  assert.deepEqual(await barriers(page), []);
  await page.goto(`${server.url}/sites/${site.id}`);
  await page.getByRole('button', { name: 'Edit' }).first().click();
  const field = page.getByLabel('Parameters of site search');
  assert.equal(await field.inputValue(), 'find, text');
  await field.fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await field.waitFor({ state: 'detached' });
  const { search_parameters: left } = await api.must('GET', `/sites/${site.id}`);
  assert.deepEqual(left, []);
});
