// The documentation in the program: every page can be read by anybody, its links lead somewhere, and
// its examples do what they say.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;
let browser;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function linksOf(page) {
  const all = await page.locator('a[href^="/docs"]').evaluateAll((links) => links.map((one) => one.pathname));
  return [...new Set(all)];
}

test('nobody has to be signed in, every page is readable by everybody and every link leads to one', async () => {
  const { page, complaints } = await browser.page({ colorScheme: 'dark' });
  await page.goto(`${server.url}/docs`);
  await page.getByRole('heading', { name: 'Documentation' }).waitFor();
  await shoot(page, 'docs');
  const links = await linksOf(page);
  assert.ok(links.length > 15, links.join(' '));
  for (const link of links) {
    const answer = await page.goto(server.url + link);
    assert.equal(answer.status(), 200, link);
    assert.equal(await page.locator('main h1').count(), 1, link);
    for (const other of await linksOf(page)) assert.ok(links.includes(other), `${link} → ${other}`);
    if (link.endsWith('/reference')) continue;
    assert.deepEqual(await barriers(page), [], link);
  }
  await page.setViewportSize(phone);
  for (const link of ['/docs', '/docs/metrics', '/docs/reference', '/docs/requests']) {
    await page.goto(server.url + link);
    assert.equal(await overflow(page), 0, link);
  }
  await page.getByText('Pages', { exact: true }).click();
  await page.locator('details').getByRole('link', { name: 'Tracking' }).waitFor();
  await shoot(page, 'docs-phone');
  const lost = await page.goto(`${server.url}/docs/nothing`);
  assert.equal(lost.status(), 404);
  assert.deepEqual(complaints.filter((each) => !each.includes('404')), []);
});

test('the reference says of an address what it takes and who may ask', async () => {
  const { page } = await browser.page();
  await page.goto(`${server.url}/docs/reference#create_lead`);
  const section = page.locator('section').filter({ has: page.locator('#create_lead') });
  await section.getByText('/api/v1/leads').waitFor();
  await section.getByText('write_leads').waitFor();
  await section.getByText('Idempotency-Key').waitFor();
  await section.getByRole('link', { name: 'LeadBody' }).click();
  await page.locator('#schema-leadbody').waitFor();
  await shoot(page, 'docs-reference');
});

test('whoever works in the program finds it beside their account', async () => {
  await setUp(api);
  const { page, context } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByTestId('account-menu').click();
  const opened = context.waitForEvent('page');
  await page.getByRole('menuitem', { name: 'Documentation' }).click();
  const docs = await opened;
  await docs.getByRole('heading', { name: 'Documentation' }).waitFor();
  assert.equal(new URL(docs.url()).pathname, '/docs');
});

test('the tutorials speak of what stands on the screens', async () => {
  const texts = new Set(Object.values(JSON.parse(readFileSync('../web/src/lib/i18n/en.json', 'utf8'))));
  const { page } = await browser.page();
  for (const name of ['first-site', 'first-costs', 'first-lead']) {
    await page.goto(`${server.url}/docs/tutorials/${name}`);
    const named = await page.locator('main strong').allInnerTexts();
    assert.ok(named.length >= 8, name);
    assert.deepEqual(named.filter((text) => !texts.has(text)), [], name);
  }
});

test('the costs of the tutorial add up to what it says', async () => {
  const { page } = await browser.page();
  await page.goto(`${server.url}/docs/tutorials/first-costs`);
  const [file] = await page.locator('pre').allInnerTexts();
  const lines = page.locator('main table tbody tr');
  const rows = await lines.evaluateAll((all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent.trim())),
  );
  assert.equal(rows.length, 3);
  await importFile(api, 'costs', 'costs.csv', file);
  const question = {
    metrics: ['ad_clicks', 'cost'],
    dimensions: ['campaign', 'source'],
    period: { from: '2026-11-02', to: '2026-11-03' },
  };
  const told = await eventually(async () => {
    const found = await table(api, question);
    return Number(found.totals.cost) === 850 && found.rows;
  });
  const said = rows.map(([campaign, source, clicks, cost]) => [
    `${campaign} / ${source}`,
    { ad_clicks: clicks, cost: String(Number(cost)) },
  ]);
  for (const cells of Object.values(told)) cells.cost = String(Number(cells.cost));
  assert.deepEqual(told, Object.fromEntries(said));
});

test('the first requests do what they say', async () => {
  const { Authorization } = await apiKey(api);
  const { page } = await browser.page();
  await page.goto(`${server.url}/docs/requests`);
  const [, ...examples] = await page.locator('pre').allInnerTexts();
  assert.equal(examples.length, 7);
  const env = { PATH: process.env.PATH, THROUGHLINE: server.url, KEY: Authorization.split(' ')[1] };
  const run = (example) => {
    const done = spawnSync('bash', ['-c', example.replace('curl ', 'curl --silent --show-error ')], {
      env,
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, `${example}\n${done.stdout}${done.stderr}`);
    return JSON.parse(done.stdout);
  };
  const wrong = examples.pop();
  const report = examples.pop();
  const [, events, lead, deals, payments] = examples.map(run);
  assert.deepEqual(events.items.map(({ status }) => status), ['stored']);
  assert.ok(lead.id > 0);
  assert.ok(JSON.stringify([deals, payments]).includes('order-17') || deals.items.length === 1);
  const told = await eventually(() => {
    const { totals } = run(report);
    return Number(totals.at(-1).value) === 11_500 && totals;
  });
  assert.equal(told.length, 4);
  const [{ result, error }] = run(wrong).items;
  assert.deepEqual([result, error.field], ['rejected', 'external_id']);
});
