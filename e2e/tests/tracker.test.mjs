// The tracker on a customer's page: what it sends, what it keeps in the browser in each mode of
// consent, and that each event counts once, however often it arrives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, setUp } from '../lib/api.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { counted } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';
import { serveShop } from '../lib/shop.mjs';

let server;
let browser;
const shops = {};
const sites = {};
const api = client(() => server.url);
const body = `
  <form name="callback"><input type="hidden" name="throughline_visit"><button>Call me</button></form>
  <a id="out" href="https://partner.example/frames?from=shop">Partner</a>
  <a id="file" href="/prices.pdf">Prices</a>
  <a id="near" href="/lenses">Lenses</a>
  <div style="height: 4000px"></div>
  <script>
    // The page stays where it is, as one does whose links open elsewhere.
    addEventListener('submit', (event) => event.preventDefault());
    addEventListener('click', (event) => event.target.closest('a') && event.preventDefault());
  </script>`;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  // The tracker is served beside the shop, as a name of the shop's own is.
  const beside = server.url.replace('127.0.0.1', 'localhost');
  for (const mode of ['cookieless', 'cookie', 'ask']) {
    sites[mode] = await api.must('POST', '/sites', {
      body: { name: mode, domain: 'localhost', consent_mode: mode },
    });
    const script = `<script defer data-local src="${beside}${sites[mode].script_path}"></script>`;
    shops[mode] = await serveShop(script, body);
  }
});
after(async () => {
  for (const shop of Object.values(shops)) shop.close();
  await browser?.close();
  await server?.stop();
});

const address = (mode, path = '/') => `http://localhost:${shops[mode].address().port}${path}`;

/** What the page's form will say about the visit, once the tracker knows. */
function visitOf(page) {
  const field = page.locator('[name=throughline_visit]');
  return eventually(async () => (await field.inputValue()) || undefined);
}

/** What the page sends from now on, as the tracker writes it. */
function bodiesOf(page, mode) {
  const bodies = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith(sites[mode].events_path)) {
      bodies.push(request.postDataJSON());
    }
  });
  return bodies;
}

/** Everything that the browser keeps for the shop. */
async function kept(context, page) {
  const stored = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]);
  assert.deepEqual(stored, [[], []]);
  const cookies = await context.cookies();
  return Object.fromEntries(cookies.map((cookie) => [cookie.name, cookie]));
}

test('a beacon that is delivered twice is one page view', async () => {
  const { page } = await browser.page();
  const ids = [];
  const verdicts = [];
  await page.route(`**${sites.cookieless.events_path}`, async (route) => {
    ids.push(route.request().postDataJSON().x);
    // The first answer is lost on the way, so the browser's request goes out once more.
    for (const delivery of [await route.fetch(), await route.fetch()]) {
      verdicts.push(delivery.headers()['x-throughline-dropped']);
      if (verdicts.length % 2 === 0) await route.fulfill({ response: delivery });
    }
  });
  await page.goto(address('cookieless', '/lenses'));
  const first = await visitOf(page);
  await page.evaluate(() => history.pushState({}, '', '/frames'));
  await page.evaluate(() => window.throughline('event', 'size guide'));
  await eventually(() => verdicts.length >= 6);
  // What arrives at one moment may be loaded in two.
  const numbers = await eventually(async () => {
    const now = await counted(api, ['page_views', 'visits', 'events', 'bounce_rate']);
    return now.page_views + now.events >= 3 && now;
  });
  assert.deepEqual(numbers, { page_views: 2, visits: 1, events: 1, bounce_rate: 0 });
  assert.equal(await visitOf(page), first);
  assert.equal(new Set(ids).size, ids.length, 'each event has an id of its own');
  assert.ok(ids.every((id) => /^[a-z0-9]{12,64}$/.test(id)), String(ids));
  assert.ok(verdicts.every((verdict, at) => verdict === (at % 2 ? 'duplicate' : undefined)));
});

test('attention, scrolling, links, forms and revenue are sent with what they need, and counted', async () => {
  const { page, complaints } = await browser.page();
  const bodies = bodiesOf(page, 'cookie');
  const before = await counted(api, ['form_submits', 'engaged_time', 'events', 'page_views']);
  await page.clock.install();
  await page.goto(address('cookie', '/lenses?utm_source=vk#top'));
  await visitOf(page);
  await page.clock.fastForward(7_000);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForFunction(() => scrollY > 0);
  await page.clock.runFor(100);
  await page.locator('#out').click();
  await page.locator('#file').click();
  await page.locator('#near').click();
  await page.getByRole('button').click();
  await page.evaluate(() => {
    window.throughline('event', 'order', { revenue: { amount: '1200', currency: 'RUB' }, props: { size: 'M' } });
    history.pushState({}, '', '/thanks');
  });
  const named = (name) => bodies.filter(({ n }) => n === name);
  await eventually(() => named('pageview').length === 2);
  const [landing, next] = named('pageview');
  assert.equal(landing.u, address('cookie', '/lenses?utm_source=vk'), 'without the fragment');
  assert.deepEqual([landing.r, landing.t, landing.w, landing.c], ['', 'Shop', 1, undefined]);
  assert.deepEqual([next.u, next.r], [address('cookie', '/thanks'), landing.u]);
  const [attention, ...more] = named('engagement');
  assert.deepEqual([more.length, attention.u, attention.s], [0, landing.u, 100]);
  assert.ok(attention.e >= 7_000 && attention.e < 60_000, String(attention.e));
  assert.deepEqual(named('outbound').map(({ l }) => l), ['https://partner.example/frames?from=shop']);
  assert.deepEqual(named('download').map(({ l }) => l), [address('cookie', '/prices.pdf')]);
  assert.deepEqual(named('form').map(({ l }) => l), ['callback']);
  const [order] = named('order');
  assert.deepEqual([order.$, order.p], [{ amount: '1200', currency: 'RUB' }, { size: 'M' }]);

  const now = await eventually(async () => {
    const numbers = await counted(api, Object.keys(before));
    const grown = (metric) => numbers[metric] > before[metric];
    const all = numbers.page_views >= before.page_views + 2 && grown('form_submits');
    return all && grown('events') && grown('engaged_time') && numbers;
  });
  assert.equal(now.page_views, before.page_views + 2);
  assert.equal(now.form_submits, before.form_submits + 1);
  assert.equal(now.events, before.events + 1);
  assert.ok(now.engaged_time - before.engaged_time >= 7);
  assert.deepEqual(complaints, []);
});

test('with cookies, the browser keeps one for the person and one for the visit', async () => {
  const { page, context } = await browser.page();
  await page.goto(address('cookie'));
  const visit = await visitOf(page);
  const { tl_id: person, tl_visit: session, ...others } = await kept(context, page);
  assert.deepEqual(others, {});
  const attributes = ({ httpOnly, sameSite, path, domain }) => ({ httpOnly, sameSite, path, domain });
  const shared = { sameSite: 'Lax', path: '/', domain: 'localhost' };
  assert.deepEqual(attributes(person), { httpOnly: true, ...shared });
  assert.deepEqual(attributes(session), { httpOnly: false, ...shared });
  assert.equal(session.value, visit);
  const days = (cookie) => (cookie.expires - Date.now() / 1000) / 86_400;
  assert.equal(Math.round(days(person)), 390);
  assert.ok(days(session) > 0 && days(session) < 0.03, 'half an hour');
});

test('without cookies, and before consent, nothing is kept in the browser', async () => {
  for (const mode of ['cookieless', 'ask']) {
    const { page, context } = await browser.page();
    await page.goto(address(mode));
    await visitOf(page);
    assert.deepEqual(await kept(context, page), {}, mode);
  }
});

test('consent begins the cookies, and its refusal ends them', async () => {
  const { page, context } = await browser.page();
  const bodies = bodiesOf(page, 'ask');
  await page.goto(address('ask'));
  await visitOf(page);
  const names = async () => Object.keys(await kept(context, page)).sort();
  await page.evaluate(() => window.throughline('consent', true));
  await eventually(async () => (await names()).join() === 'tl_id,tl_visit');
  await page.evaluate(() => window.throughline('consent', false));
  await eventually(async () => (await names()).join() === '');
  assert.deepEqual(
    bodies.map(({ n, c }) => [n, c]),
    [['pageview', undefined], ['consent', 1], ['consent', 0]],
  );
});

test('the visit of who agreed before is kept on for another half hour', async () => {
  const { page, context } = await browser.page();
  await page.goto(address('ask'));
  await visitOf(page);
  await page.evaluate(() => window.throughline('consent', true));
  const cookie = async () => (await kept(context, page)).tl_visit;
  await eventually(async () => Object.keys(await kept(context, page)).length === 2);
  const soon = Math.floor(Date.now() / 1000) + 60;
  await context.addCookies([{ ...(await cookie()), expires: soon }]);
  await page.goto(address('ask', '/lenses'));
  await eventually(async () => (await cookie()).expires > soon + 600);
  assert.equal((await cookie()).value, await visitOf(page));
});

test('Global Privacy Control is a refusal also where cookies are usual', async () => {
  const { page, context } = await browser.page();
  const bodies = bodiesOf(page, 'cookie');
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
  );
  await page.goto(address('cookie'));
  await visitOf(page);
  assert.deepEqual(bodies.map(({ n, c }) => [n, c]), [['pageview', 0]]);
  assert.deepEqual(await kept(context, page), {});
});
