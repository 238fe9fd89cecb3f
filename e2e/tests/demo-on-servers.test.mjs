// The demo with its store on PostgreSQL and its warehouse on ClickHouse: the same truth, and every
// screen works.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventuallyHolds, table } from '../lib/api.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { clickHouse, withoutClickHouse } from '../lib/clickhouse.mjs';
import { signIn } from '../lib/people.mjs';
import { database, withoutPostgres } from '../lib/postgres.mjs';
import { startServer } from '../lib/server.mjs';

const skip = withoutClickHouse || withoutPostgres;
const metrics = ['clicks', 'leads', 'deals', 'sales', 'revenue'];

let facts;
let server;
let demo;
let browser;
const api = client(() => server.url);

before(async () => {
  if (skip) return;
  facts = await clickHouse();
  await facts.start();
  const env = {
    THROUGHLINE_STORE_URL: database('demo_on_servers'),
    THROUGHLINE_WAREHOUSE_URL: facts.url,
  };
  server = await startServer({ args: ['demo', '--events', '3000', '--days', '40', '--json'], env });
  demo = JSON.parse(server.greeting);
  await api.must('POST', '/sessions', { body: { email: demo.email, password: demo.password } });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await facts?.remove();
});

test('its reports say what its simulator did', { skip }, async () => {
  const question = { metrics, dimensions: ['source'], period: demo.played.period, attribution: 'last', limit: 200 };
  const { total, live_clicks } = demo.played;
  const wanted = metrics.map((name) => Number(total[name]) + (name === 'clicks' ? live_clicks : 0));
  // What leads are in the end comes after everything else, by a way of its own.
  await eventuallyHolds(async () => {
    const { totals } = await table(api, question);
    assert.deepEqual(metrics.map((name) => Number(totals[name])), wanted, String(metrics));
  });
});

test('every screen shows its numbers', { skip }, async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, demo);
  complaints.length = 0;
  const { items: leads } = await api.must('GET', '/leads?limit=3');
  const { items: sites } = await api.must('GET', '/sites');
  const { items: imports } = await api.must('GET', '/imports');
  const paths = [
    '/', '/reports', '/live', '/leads', '/deals', '/links', '/costs', '/sites', '/channels', '/channels?tab=rules',
    `/sites/${sites[0].id}`, `/imports/${imports[0].id}`, ...leads.map(({ id }) => `/leads/${id}`),
  ];
  for (const path of paths) {
    await page.goto(server.url + path);
    await page.getByRole('heading').first().waitFor();
    await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'));
    assert.equal(await page.getByRole('alert').count(), 0, path);
    assert.deepEqual(complaints, [], path);
  }
});
