// Visits one by one, and one visitor's path: who may read it sees what happened in order, it is
// noted, and of channels that somebody does not see nothing is told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { day, sendEvents } from '../lib/facts.mjs';
import { join, signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const period = { from: day(-2), to: day(1) };
const BUYER = '0000000000001';
const PASSER = '0000000000002';

let server;
let browser;
let visit;
const api = client(() => server.url);
const visits = async (who = api, more = {}) =>
  (await who.must('POST', '/visits/query', { body: { period, ...more } })).items;

before(async () => {
  server = await startServer();
  await setUp(api);
  const key = await apiKey(api);
  const begun = Date.now() - 30 * 60_000;
  let number = 0;
  const fact = (visitor, type, path, more = {}) => {
    number += 1;
    const at = new Date(begun + number * 10_000).toISOString();
    return { id: `f-${number}`, type, url: `https://optics.example${path}`, visitor, at, ...more };
  };
  const ad = (source) => `?utm_source=${source}&utm_medium=cpc&utm_campaign=lenses`;
  const { items } = await sendEvents(server.url, key, [
    fact(BUYER, 'page_view', `/lenses${ad('google')}`, { title: 'Lenses' }),
    fact(BUYER, 'page_view', '/basket', { title: 'Basket' }),
    fact(BUYER, 'event', '/basket', { name: 'Fitting booked' }),
    fact(PASSER, 'page_view', `/frames${ad('vk')}`, { title: 'Frames' }),
  ]);
  assert.deepEqual(new Set(items), new Set(['stored']));
  visit = await eventually(async () => {
    const found = await visits();
    const buyer = found.find(({ visitor }) => visitor === BUYER);
    return found.length === 2 && buyer?.events === 1 ? buyer : undefined;
  });
  await api.must('POST', '/leads', {
    body: { name: 'Anna', phone: '+79161234567', visit: visit.visit },
  });
  await eventually(async () => (await visits()).some(({ became }) => became.leads === 1));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a visit says where it came from, what was done and what came of it', async () => {
  const [newest, before] = await visits();
  assert.deepEqual([newest.visitor, before.visitor], [PASSER, BUYER]);
  const { source, campaign, page, page_views: views, events, duration_s: lasted, became } = before;
  assert.deepEqual([source, campaign, page], ['google', 'lenses', 'optics.example/lenses']);
  assert.deepEqual([views, events, lasted], [2, 1, 20]);
  assert.deepEqual(became, { leads: 1, deals: 0, sales: 0 });
  const only = [{ dimension: 'source', op: 'is', values: ['vk'] }];
  assert.deepEqual((await visits(api, { filters: only })).map(({ visitor }) => visitor), [PASSER]);
  assert.deepEqual(await visits(api, { of: 'machines' }), []);
  const first = await api.must('POST', '/visits/query', { body: { period, limit: 1 } });
  assert.equal(first.items.length, 1);
  const { next_cursor: cursor } = first;
  const second = await api.must('POST', '/visits/query', { body: { period, limit: 1, cursor } });
  assert.deepEqual([second.items[0].visitor, second.next_cursor], [BUYER, null]);
});

test('a visitor\'s path is read in order, and the reading is noted', async () => {
  const path = (await api.must('GET', `/visitors/${BUYER}/timeline`)).items;
  const steps = path.map(({ kind, title }) => `${kind} ${title}`);
  const own = ['touch ', 'page_view Lenses', 'page_view Basket', 'event Fitting booked', 'lead Anna'];
  assert.deepEqual(steps.map((step) => step.trim()), own.map((step) => step.trim()));
  const [entry] = (await api.must('GET', '/audit?act=visitor.read')).items;
  assert.equal(entry.object, BUYER);
  for (const nobody of ['0000000000009', 'nobody']) {
    assert.equal((await api.call('GET', `/visitors/${nobody}/timeline`)).status, 404, nobody);
  }
});

test('whoever sees one channel reads no visit and no path of another', async () => {
  const channels = (await api.must('GET', '/channels')).items;
  const name = (await visits()).find(({ visitor }) => visitor === PASSER).channel;
  const channel = channels.find((one) => one.name === name);
  const person = await join(server, api, 'vk@optics.example', 'smm', [channel.id]);
  assert.deepEqual((await visits(person)).map(({ visitor }) => visitor), [PASSER]);
  assert.equal((await person.call('GET', `/visitors/${PASSER}/timeline`)).status, 200);
  assert.equal((await person.call('GET', `/visitors/${BUYER}/timeline`)).status, 404);
});

test('the list leads to the path, on a desk and on a phone', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  complaints.length = 0;
  await page.getByRole('link', { name: 'Visits' }).click();
  const row = page.getByRole('row').filter({ hasText: 'optics.example/lenses' });
  await row.getByText('Lead', { exact: true }).waitFor();
  await shoot(page, 'visits');
  assert.deepEqual(await barriers(page), []);
  await row.getByRole('link').click();
  const path = page.getByTestId('visitor-path');
  await path.getByText('Fitting booked').waitFor();
  await path.getByText('Basket').first().waitFor();
  assert.match(page.url(), new RegExp(`/visitors/${BUYER}`));
  await shoot(page, 'visitor');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  for (const address of ['/visits', `/visitors/${BUYER}`]) {
    await page.goto(server.url + address);
    await page.getByText(address === '/visits' ? 'optics.example/lenses' : 'Fitting booked').first().waitFor();
    assert.equal(await overflow(page), 0, address);
    assert.deepEqual(await barriers(page), []);
  }
  assert.deepEqual(complaints, []);
});
