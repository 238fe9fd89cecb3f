// The tracker on a customer's page: what it sends is counted once, however often it arrives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, setUp } from '../lib/api.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { counted } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';
import { serveShop } from '../lib/shop.mjs';

let server;
let browser;
let shop;
let site;
const api = client(() => server.url);

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  site = await api.must('POST', '/sites', {
    body: { name: 'Local', domain: 'localhost', consent_mode: 'cookieless' },
  });
  shop = await serveShop(
    `<script defer data-local src="${server.url}${site.script_path}"></script>`,
  );
});
after(async () => {
  shop?.close();
  await browser?.close();
  await server?.stop();
});

test('a beacon that is delivered twice is one page view', async () => {
  const { page } = await browser.page();
  const ids = [];
  const verdicts = [];
  await page.route(`**${site.events_path}`, async (route) => {
    ids.push(route.request().postDataJSON().x);
    // The first answer is lost on the way, so the browser's request goes out once more.
    for (const delivery of [await route.fetch(), await route.fetch()]) {
      verdicts.push(delivery.headers()['x-throughline-dropped']);
      if (verdicts.length % 2 === 0) await route.fulfill({ response: delivery });
    }
  });
  const visit = () => page.evaluate(() => window.sessionStorage.tl_visit);
  const address = `http://localhost:${shop.address().port}`;
  await page.goto(`${address}/lenses`);
  await eventually(visit);
  const first = await visit();
  await page.evaluate(() => history.pushState({}, '', '/frames'));
  await page.evaluate(() => window.throughline('event', 'size guide'));
  await eventually(() => verdicts.length >= 6);
  const metrics = ['page_views', 'visits', 'events', 'bounce_rate'];
  await eventually(async () => (await counted(api, metrics)).events === 1);
  assert.deepEqual(await counted(api, metrics), { page_views: 2, visits: 1, events: 1, bounce_rate: 0 });
  assert.equal(await visit(), first);
  assert.equal(new Set(ids).size, ids.length, 'each event has an id of its own');
  assert.ok(ids.every((id) => /^[a-z0-9]{12,64}$/.test(id)), String(ids));
  assert.ok(verdicts.every((verdict, at) => verdict === (at % 2 ? 'duplicate' : undefined)));
});
