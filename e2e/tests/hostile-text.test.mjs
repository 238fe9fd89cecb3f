// Text that wants to be markup or script, in every field that the outside fills: no screen runs it,
// no screen shows it as anything but text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { day, sendEvents } from '../lib/facts.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

/** Breaks out of text, an attribute, a script and a template. */
const HOSTILE = `"'><img src=x onerror=hit()><svg onload=hit()></script><script>hit()</script>{{hit()}}`;
const LINK = 'javascript:hit()';
const DIMENSIONS = [
  'channel', 'subchannel', 'source', 'medium', 'campaign', 'ad_group', 'ad', 'keyword', 'utm_source',
  'utm_campaign', 'utm_content', 'utm_term', 'utm_group', 'click_id', 'referrer', 'landing_page', 'page',
  'event', 'browser', 'os', 'site', 'link', 'platform', 'lead_status',
];

let server;
let browser;
let api;
let page;
let complaints;
let ids;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  const site = await setUp(api, { name: HOSTILE });
  ids = { site: site.id, ...(await fill(site)) };
  browser = await openBrowser();
  ({ page, complaints } = await browser.page());
  // Whatever gets to run says so, in the console too.
  await page.addInitScript(() => {
    window.hit = () => console.error('hostile text was run');
  });
  await signIn(page, server.url, owner);
  complaints.length = 0;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Hostile text by every door that strangers, programs, files and colleagues have. */
async function fill(site) {
  const key = await apiKey(api);
  const target = 'https://optics.example/?k={keyword}';
  await api.must('POST', '/links', { body: { name: HOSTILE, slug: 'sale', target } });
  const tags = new URLSearchParams({
    ...Object.fromEntries(
      ['source', 'medium', 'campaign', 'content', 'term', 'group', 'id'].map((tag) => [`utm_${tag}`, HOSTILE]),
    ),
    gclid: HOSTILE,
    keyword: HOSTILE,
  });
  const headers = {
    'User-Agent': `Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 ${HOSTILE}`,
    Referer: `https://search.example/?q=${encodeURIComponent(HOSTILE)}`,
  };
  await fetch(`${server.url}/c/sale?${tags}`, { redirect: 'manual', headers });
  const url = `https://optics.example/${encodeURIComponent(HOSTILE)}?${tags}`;
  const fields = { url, title: HOSTILE, referrer: `https://${'x'.repeat(9)}.example/${HOSTILE}` };
  const visitor = '0000000000007';
  const sent = await sendEvents(server.url, key, [
    { id: 'e-1', type: 'page_view', visitor, ...fields },
    { id: 'e-2', type: 'event', name: HOSTILE, props: { [HOSTILE]: HOSTILE, plan: LINK }, visitor, ...fields },
  ]);
  assert.deepEqual(sent, { status: 200, items: ['stored', 'stored'] });
  const form = new URLSearchParams({
    name: HOSTILE, phone: '+79165550077', email: 'a@b.example', comment: HOSTILE, [HOSTILE]: LINK,
  });
  const door = `${server.url}/f/${site.public_key}`;
  await fetch(door, { method: 'POST', body: form, redirect: 'manual', headers: { Origin: 'https://optics.example' } });
  await api.must('POST', '/leads', {
    headers: key,
    body: { external_id: HOSTILE, name: HOSTILE, phone: '+79165550078', utm_source: HOSTILE, utm_campaign: HOSTILE },
  });
  const leads = await eventually(async () => {
    const { items } = await api.must('GET', '/leads');
    return items.length === 2 && items;
  });
  const deal = {
    external_id: HOSTILE, title: HOSTILE, status: HOSTILE, amount: '100', phone: '+79165550078',
    created_at: `${day(-1)}T10:00:00Z`,
  };
  await api.must('POST', '/deals', { headers: key, body: { items: [deal] } });
  const paid = { external_id: HOSTILE, deal_external_id: HOSTILE, at: `${day(-1)}T11:00:00Z`, amount: '100', kind: 'payment' };
  await api.must('POST', '/payments', { headers: key, body: { items: [paid] } });
  const cell = `"${HOSTILE.replaceAll('"', '""')}"`;
  const costs = `Date,Campaign,Ad group,Ad,Keyword,Cost\n${day(-1)},${cell},${cell},${cell},${cell},10\n`;
  const imported = await importFile(api, 'costs', `${HOSTILE.replaceAll('/', '')}.csv`, costs, { source: 'google', medium: 'cpc' });
  await importFile(api, 'costs', 'wrong.csv', `Date,Campaign,Cost\n${day(-1)},${cell},${cell}\n`, { source: 'google', medium: 'cpc' });
  await api.must('POST', '/teams', { body: { name: HOSTILE } });
  const filters = [{ dimension: 'campaign', op: 'is', values: [HOSTILE] }];
  await api.must('POST', '/segments', { body: { name: HOSTILE, filters } });
  await api.must('POST', '/custom-metrics', {
    body: { name: HOSTILE, description: HOSTILE, formula: 'leads * 2' },
  });
  const view = { screen: 'reports', period: { moving: 'last_30' }, metrics: ['visits'], dimensions: ['campaign'] };
  await api.must('POST', '/saved-views', { body: { name: HOSTILE, view } });
  await api.must('POST', '/annotations', { body: { day: day(-1), text: HOSTILE } });
  await api.must('POST', '/channels', { body: { name: HOSTILE, kind: 'other' } });
  const { user } = await api.must('GET', '/me');
  await api.must('PATCH', '/me', { headers: { 'If-Match': user.etag }, body: { name: HOSTILE } });
  return { leads: leads.map((lead) => lead.id), import: imported.id };
}

/** Nothing ran, nothing was asked to run, and no text became an element. */
async function expectHarmless(where) {
  await page.getByRole('heading').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'));
  const made = await page.evaluate(() => {
    const hostile = 'img[src="x"], [onload], [onerror], [href^="javascript:"], [src^="javascript:"]';
    const scripts = [...document.scripts].filter((script) => !script.src);
    return [...document.querySelectorAll(hostile), ...scripts].map((one) => one.outerHTML);
  });
  assert.deepEqual(made, [], where);
  assert.deepEqual(complaints, [], where);
}

const isShown = () => document.querySelector('main')?.innerText.includes('onerror=hit()>');

/** Goes through screens, and waits for the text where it has to be seen. */
async function look(paths, { showing }) {
  for (const path of paths) {
    await page.goto(server.url + path);
    if (showing) await page.waitForFunction(isShown);
    await expectHarmless(path);
  }
}

test('no screen runs what strangers, programs and files wrote', async () => {
  const settings = (...tabs) => tabs.map((tab) => `/settings?tab=${tab}`);
  await look(
    [
      '/live', '/leads', '/deals', '/links', '/costs', '/channels', `/imports/${ids.import}`,
      ...ids.leads.map((id) => `/leads/${id}`), ...settings('people', 'statuses', 'audit'),
    ],
    { showing: true },
  );
  const others = settings('workspace', 'rates', 'keys', 'webhooks', 'backups', 'privacy', 'profile', 'sessions');
  await look(['/', '/sites', `/sites/${ids.site}`, '/channels?tab=rules', ...others], { showing: false });
});

test('no dimension of a report runs what its values say', async () => {
  const showing = ['source', 'medium', 'campaign', 'ad', 'keyword', 'utm_source', 'utm_campaign', 'utm_term', 'utm_group'];
  const pathOf = (dimension) => `/reports?by=${dimension}`;
  await look(showing.map(pathOf), { showing: true });
  const others = DIMENSIONS.filter((dimension) => !showing.includes(dimension));
  await look(others.map(pathOf), { showing: false });
});
