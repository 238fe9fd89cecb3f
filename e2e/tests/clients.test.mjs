// Stock clients of others, unchanged but for the host: what they send is counted.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Analytics } from '@segment/analytics-node';
import umamiNode from '@umami/node';
import MatomoTracker from 'matomo-tracker';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { counted } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const require = createRequire(import.meta.url);
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

let server;
let browser;
let shop;
let site;
let secret;
const api = client(() => server.url);
const NUMBERS = ['page_views', 'events', 'outbound_clicks'];

/** Files of packages, and a page that runs what `script` says. */
function serveShop(folders) {
  const pages = new Map();
  const http = createServer(async (request, answer) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const folder = Object.keys(folders).find((name) => pathname.startsWith(`/${name}/`));
    if (!folder) {
      answer.setHeader('Content-Type', 'text/html');
      answer.end(`<title>Shop</title>${pages.get(pathname) ?? ''}<a id="out" href="https://partner.example/">Out</a>`);
      return;
    }
    const file = path.join(folders[folder], pathname.slice(folder.length + 2));
    answer.setHeader('Content-Type', 'text/javascript');
    // The package leaves the endings of its own files to whoever bundles it.
    answer.end(await readFile(file.endsWith('.js') ? file : `${file}.js`));
  });
  return new Promise((resolve) => {
    http.listen(0, 'localhost', () => resolve({ http, pages, url: `http://localhost:${http.address().port}` }));
  });
}

const packageFolder = (name) => path.dirname(require.resolve(`${name}/package.json`));

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  site = await api.must('POST', '/sites', {
    body: { name: 'Shop', domain: 'localhost', consent_mode: 'cookieless' },
  });
  secret = (await apiKey(api, ['events'])).Authorization.replace('Bearer ', '');
  shop = await serveShop({
    plausible: path.join(packageFolder('plausible-tracker'), 'build/module'),
    segment: path.join(path.dirname(require.resolve('@segment/analytics-next')), '../umd'),
  });
});
after(async () => {
  shop?.http.close();
  await browser?.close();
  await server?.stop();
});

/** What came since, once all of `wanted` is there. */
async function grown(before, wanted) {
  const names = Object.keys(wanted);
  const since = (now) => Object.fromEntries(names.map((name) => [name, now[name] - before[name]]));
  const now = await eventually(async () => {
    const told = since(await counted(api, NUMBERS));
    return names.every((name) => told[name] >= wanted[name]) && told;
  });
  assert.deepEqual(now, wanted);
}

test("Plausible's tracker in a page", async () => {
  const before = await counted(api, NUMBERS);
  shop.pages.set('/plausible-page', `<script type="module">
    import Plausible from '/plausible/index.js';
    const { enableAutoPageviews, enableAutoOutboundTracking, trackEvent } =
      Plausible({ domain: 'localhost', apiHost: '${server.url}', trackLocalhost: true });
    enableAutoPageviews();
    enableAutoOutboundTracking();
    trackEvent('size guide', { props: { size: 'M' } });
  </script>`);
  const { page, complaints } = await browser.page();
  await page.route('https://partner.example/**', (route) => route.fulfill({ body: 'Partner' }));
  await page.goto(`${shop.url}/plausible-page`);
  await page.locator('#out').click();
  await page.waitForURL('https://partner.example/');
  await grown(before, { page_views: 1, events: 1, outbound_clicks: 1 });
  assert.deepEqual(complaints, []);
});

test("Segment's script in a page", async () => {
  const before = await counted(api, NUMBERS);
  shop.pages.set('/segment-page', `<script src="/segment/index.js"></script><script>
    const analytics = AnalyticsNext.AnalyticsBrowser.load(
      { writeKey: '${site.public_key}', cdnURL: '${server.url}' },
      { integrations: { 'Segment.io': { apiHost: '${server.url.replace('http://', '')}/v1', protocol: 'http' } } },
    );
    analytics.page();
    analytics.identify('anna', { plan: 'pro' });
    analytics.track('size guide', { size: 'M' });
  </script>`);
  const { page, complaints } = await browser.page();
  await page.goto(`${shop.url}/segment-page`);
  await grown(before, { page_views: 1, events: 1 });
  assert.deepEqual(complaints, []);
});

test("Segment's library on a server", async () => {
  const before = await counted(api, NUMBERS);
  const analytics = new Analytics({ writeKey: secret, host: server.url, flushAt: 10 });
  const failed = [];
  analytics.on('error', (error) => failed.push(error));
  const context = { page: { url: 'http://localhost/lenses' }, userAgent: CHROME, ip: '203.0.113.9' };
  analytics.page({ anonymousId: 'a-1', name: 'Lenses', context });
  analytics.identify({ userId: 'anna', anonymousId: 'a-1' });
  analytics.track({ userId: 'anna', anonymousId: 'a-1', event: 'Order Completed', properties: { revenue: 14.99, currency: 'EUR' } });
  analytics.track({ userId: 'anna', anonymousId: 'a-1', event: 'size guide', context });
  await analytics.closeAndFlush();
  assert.deepEqual(failed, []);
  await grown(before, { page_views: 1, events: 2 });
});

test("Umami's client on a server", async () => {
  const before = await counted(api, NUMBERS);
  const umami = umamiNode.default ?? umamiNode;
  umami.init({ websiteId: site.public_key, hostUrl: server.url, userAgent: CHROME });
  const answers = [
    await umami.track({ hostname: 'localhost', url: '/lenses', title: 'Lenses' }),
    await umami.track('size guide', { size: 'M' }),
    await umami.identify({ plan: 'pro' }),
  ];
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.match((await answers[0].json()).visitId, /^[0-9A-Z]{13}$/);
  await grown(before, { page_views: 1, events: 1 });
});

test("Matomo's client on a server, one hit and many", async () => {
  const before = await counted(api, NUMBERS);
  const matomo = new MatomoTracker(site.id, `${server.url}/matomo.php`);
  const failed = [];
  matomo.on('error', (error) => failed.push(error));
  const url = 'http://localhost/lenses';
  matomo.track({ url, action_name: 'Lenses', ua: CHROME, cip: '203.0.113.9', token_auth: secret });
  const told = await new Promise((resolve) => {
    const hits = [{ url, ua: CHROME }, { url, ua: CHROME, e_c: 'Guides', e_a: 'size guide' }];
    matomo.trackBulk(hits.map((hit) => ({ ...hit, token_auth: secret })), resolve);
  });
  assert.deepEqual(failed, []);
  assert.deepEqual(JSON.parse(told), { status: 'success', tracked: 2, invalid: 0 });
  await grown(before, { page_views: 2, events: 1 });
});

test("Google Analytics' Measurement Protocol, as scripts send it", async () => {
  const before = await counted(api, NUMBERS);
  const address = `${server.url}/mp/collect?measurement_id=${site.id}&api_secret=${secret}`;
  const events = [
    { name: 'page_view', params: { page_location: 'http://localhost/lenses' } },
    { name: 'generate_lead', params: { value: 9, currency: 'EUR' } },
  ];
  const body = JSON.stringify({ client_id: '1.2', events });
  const answer = await fetch(address, { method: 'POST', body });
  assert.deepEqual([answer.status, await answer.text()], [204, '']);
  await grown(before, { page_views: 1, events: 1 });
  const checked = await fetch(address.replace('/mp/', '/debug/mp/'), { method: 'POST', body });
  assert.deepEqual(await checked.json(), { validationMessages: [] });
});
