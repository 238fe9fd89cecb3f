// The demo on the real server: its reports say what its simulator did, and every screen shows them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventuallyHolds, speak, table } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const metrics = ['clicks', 'visits', 'leads', 'deals', 'sales', 'revenue', 'cost'];
/** The simulator's campaigns, and the rows of a report by source and campaign that speak of them. */
const rowsOf = {
  sunglasses: ['google / sunglasses'],
  lenses: ['yandex / lenses'],
  diamond_glasses: ['google / diamond_glasses'],
  google_brand: ['google / brand'],
  google_generic: ['google / generic'],
  frames_autumn: ['google / frames_autumn', 'gogle / frames_autumn'],
  yandex_brand: ['yandex / brand'],
  yandex_generic: ['yandex / generic'],
  yandex_retargeting: ['yandex / retargeting'],
  bing_generic: ['bing / generic'],
  vk_frames: ['vk / vk_frames'],
  vk_quiz: ['vk / vk_quiz'],
  vk_organic: ['vk / Unknown'],
  meta_lookalike: ['facebook / lookalike'],
  club_news: ['newsletter / club_news'],
  abandoned_basket: ['newsletter / abandoned_basket'],
  cashback: ['admitad / cashback'],
  bloggers: ['bloggers / style_blogs'],
  seo_google: ['google / Unknown'],
  seo_yandex: ['yandex / Unknown'],
  seo_bing: ['bing / Unknown'],
  direct: ['Unknown / Unknown'],
  maps: ['2gis / Unknown'],
  reviews: ['otzovik.com / Unknown'],
  chatgpt: ['chatgpt / Unknown'],
  perplexity: ['perplexity / Unknown'],
  channel: ['telegram / channel_posts'],
  receipt: ['receipt / come_again'],
  metro_leaflet: ['leaflet / metro_leaflet'],
  store_window: ['store / store_window'],
  radio: ['radio / morning_show'],
  unknown: ['Unknown / Unknown'],
};
/** Their bills are typed in by hand, beside those of the files. */
const billedByHand = ['club_news', 'cashback', 'seo_yandex', 'metro_leaflet', 'radio'];
/** People come to these while the demo ends, through click links. */
const visitedLive = ['bloggers', 'channel', 'metro_leaflet', 'receipt'];

let server;
let browser;
let demo;
const api = client(() => server.url);

/** Where the picture is to be kept; then the demo is as large as it is for people. */
const kept = process.env.THROUGHLINE_PICTURE;
const small = kept ? [] : ['--events', '5000', '--days', '62'];

before(async () => {
  server = await startServer({ args: ['demo', ...small, '--json'] });
  demo = JSON.parse(server.greeting);
  await api.must('POST', '/sessions', { body: { email: demo.email, password: demo.password } });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const sum = (parts) =>
  Object.fromEntries(
    metrics.map((name) => {
      // Money has two decimals; sums of whole hundredths are exact.
      const hundredths = parts.map((part) => Math.round(Number(part?.[name] ?? 0) * 100));
      return [name, hundredths.reduce((total, part) => total + part, 0) / 100];
    }),
  );
const truthOf = (keys) =>
  sum(keys.map((key) => ({ ...demo.played.campaigns[key], cost: demo.played.campaigns[key].spend })));

test('every campaign has the clicks, visits, leads, sales and money that the simulator gave it', async () => {
  const { played } = demo;
  assert.deepEqual(Object.keys(rowsOf).sort(), Object.keys(played.campaigns).sort());
  assert.ok(visitedLive.every((key) => played.campaigns[key].clicks > 0));
  const question = {
    metrics,
    dimensions: ['source', 'campaign'],
    period: played.period,
    attribution: 'last',
    limit: 200,
  };
  const { rows } = await eventuallyHolds(async () => {
    const answer = await table(api, question);
    // A lead that came before its visit was loaded is of nobody known until it is linked.
    const unknown = Number(answer.rows['Unknown / Unknown']?.leads ?? 0);
    assert.equal(unknown, played.campaigns.unknown.leads, 'leads of nobody known');
    assert.equal(Number(answer.totals.clicks), played.total.clicks + played.live_clicks, 'clicks');
    for (const name of ['leads', 'deals', 'sales', 'revenue']) {
      assert.equal(Number(answer.totals[name]), Number(played.total[name]), name);
    }
    return answer;
  });
  for (const [key, labels] of Object.entries(rowsOf)) {
    const keys = Object.keys(rowsOf).filter((other) => rowsOf[other][0] === labels[0]);
    const [found, truth] = [sum(labels.map((label) => rows[label])), truthOf(keys)];
    const loose = [
      ...(billedByHand.includes(key) ? ['cost'] : []),
      ...(visitedLive.includes(key) ? ['visits', 'clicks'] : []),
    ];
    for (const name of loose) {
      assert.ok(found[name] >= truth[name], `${key}: ${name} ${found[name]} < ${truth[name]}`);
      found[name] = truth[name];
    }
    assert.deepEqual(found, truth, key);
  }
});

test('links were clicked on the days of their visits, and pages were read', async () => {
  const { played } = demo;
  const clicked = visitedLive.map((key) => played.campaigns[key].clicks);
  const ask = (more) => table(api, { period: played.period, dimensions: [], ...more });
  const { rows, totals } = await ask({ metrics: ['tracked_clicks'], bucket: 'day' });
  assert.equal(
    Number(totals.tracked_clicks),
    clicked.reduce((sum, clicks) => sum + clicks, played.live_clicks),
  );
  const days = Object.values(rows).map((row) => Number(row.tracked_clicks));
  const today = days[days.length - 1];
  assert.ok(today >= played.live_clicks && today < Number(totals.tracked_clicks));
  assert.ok(days.filter((clicks) => clicks > 0).length > 10, String(days));
  const engaged = await ask({ metrics: ['avg_engaged_time', 'avg_scroll_depth', 'page_views'] });
  assert.ok(Number(engaged.totals.avg_engaged_time) > 10, JSON.stringify(engaged.totals));
  assert.ok(Number(engaged.totals.avg_scroll_depth) > 10, JSON.stringify(engaged.totals));
});

test('the three worked examples cost what they cost in the books', async () => {
  const { rows } = await table(api, {
    metrics: ['cost', 'clicks', 'leads', 'cpl', 'cr_click_lead'],
    dimensions: ['campaign'],
    period: demo.played.last_month,
  });
  const line = (cost, clicks, leads, cpl, cr) => ({ cost, clicks, leads, cpl, cr_click_lead: cr });
  assert.deepEqual(rows.sunglasses, line('15000.00', '100', '9', '1666.67', '9.00'));
  assert.deepEqual(rows.lenses, line('13500.00', '300', '16', '843.75', '5.33'));
  assert.deepEqual(rows.diamond_glasses, line('30000.00', '50', '11', '2727.27', '22.00'));
});

async function look(page, address, wrong, axe) {
  await page.goto(server.url + address);
  await page.getByRole('heading').first().waitFor();
  // The gallery shows what waiting looks like; elsewhere it ends.
  const waiting = address === '/gallery' ? '.starting' : '.starting, .skeleton';
  await page.waitForFunction((bars) => !document.querySelector(bars), waiting);
  if ((await overflow(page)) > 0) wrong.push(`${address} scrolls sideways`);
  if (axe) wrong.push(...(await barriers(page)).map((barrier) => `${address}: ${barrier}`));
}

test('every screen opens without a complaint in every language and theme, on a desk and on a phone', async () => {
  const [lead] = (await api.must('GET', '/leads')).items;
  const [done] = (await api.must('GET', '/imports')).items;
  const [visit] = (await api.must('POST', '/visits/query', { body: { period: demo.played.period } })).items;
  const screens = [
    '/',
    '/reports',
    '/live',
    '/leads',
    `/leads/${lead.id}`,
    '/deals',
    '/analytics',
    '/visits',
    `/visitors/${visit.visitor}`,
    '/links',
    '/costs',
    '/imports/new/costs',
    `/imports/${done.id}`,
    '/sites',
    '/sites/1',
    '/channels',
    '/settings',
    '/gallery',
    '/no/such/screen',
  ];
  const [name, value] = api.cookie.split('=');
  for (const language of ['en', 'ru', 'pl']) {
    await speak(api, language);
    const walks = [desktop, phone].map(async (viewport) => {
      // A barrier is one in every language; only the words differ in length.
      const axe = language !== 'pl';
      const colorScheme = language === 'ru' ? 'dark' : 'light';
      const options = { viewport, locale: language, colorScheme };
      const { page, context, complaints } = await browser.page(options);
      const wrong = [];
      await look(page, '/sign-in', wrong, axe);
      // Asking who is signed in was refused before anybody was.
      assert.ok(complaints.every((complaint) => complaint.includes('401')), String(complaints));
      complaints.length = 0;
      await context.addCookies([{ name, value, url: server.url }]);
      for (const screen of screens) {
        await look(page, screen, wrong, axe);
        await shoot(page, ['demo', language, viewport.width, ...screen.split('/')].join('-'));
      }
      assert.deepEqual([...wrong, ...complaints], [], `${language}, ${viewport.width} wide`);
      await context.close();
    });
    await Promise.all(walks);
  }
});

test('the picture of the README shows the Overview', async () => {
  await speak(api, 'en');
  const { page, context, complaints } = await browser.page({ colorScheme: 'light' });
  const [name, value] = api.cookie.split('=');
  await context.addCookies([{ name, value, url: server.url }]);
  await page.goto(server.url);
  await page.getByTestId('channels-card').getByTestId('tree-row').first().waitFor();
  await page.locator('canvas').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.starting, .skeleton'));
  await page.evaluate(() => document.fonts.ready);
  const png = await page.screenshot({ animations: 'disabled', ...(kept ? { path: kept } : {}) });
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [desktop.width, desktop.height]);
  // An empty page is a few thousand bytes.
  assert.ok(png.length > 50_000, `${png.length} bytes`);
  assert.deepEqual(complaints, []);
  await context.close();
});
