// A database server that is down, hangs or dies: the doors answer as always, the interface says in
// words what is degraded, and what was acknowledged counts once when the server is back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { clickHouse, withoutClickHouse } from '../lib/clickhouse.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { database, postmaster, withoutPostgres } from '../lib/postgres.mjs';
import { goOn, hang } from '../lib/processes.mjs';
import { startServer } from '../lib/server.mjs';

/** An answer that says what is away must come sooner than any time-out of a statement. */
const SOON_MS = 12_000;
const skip = withoutClickHouse;
let browser;

before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

/** The program with its facts on a server that the test holds, which runs if it is to run. */
async function house(context, { started }) {
  const facts = await clickHouse();
  context.after(() => facts.remove());
  if (started) await facts.start();
  return { facts, ...(await furnished(context, { THROUGHLINE_WAREHOUSE_URL: facts.url })) };
}

/** The program with a site, a link that works and a key. */
async function furnished(context, keeper) {
  const env = {
    ...keeper,
    THROUGHLINE__COLLECT__PER_IP_RATE: '0',
    THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
    THROUGHLINE__SERVER__DRAIN_S: '1',
    THROUGHLINE__LOG__LEVEL: 'off',
  };
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  const site = await setUp(api);
  const target = 'https://optics.example/sale';
  await api.must('POST', '/links', { body: { name: 'sale', slug: 'sale', target } });
  const key = await apiKey(api);
  assert.equal((await click(server)).status, 302);
  return { server, api, key, site };
}

async function click(server) {
  const answer = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
  return { status: answer.status, to: answer.headers.get('location') };
}

async function ready(server) {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, ...(await answer.json()) };
}

const isAway = async (server, keeper) => (await ready(server)).parts[keeper].state === 'away';

async function metric(server, name) {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  return Number(page.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
}

const question = { metrics: ['clicks'], dimensions: [], period: { from: '2026-01-01', to: '2026-12-31' } };

/** The answer to a report, which has to come soon. */
async function report(api) {
  const begun = Date.now();
  const answer = await api.call('POST', '/reports/query', { body: question });
  assert.ok(Date.now() - begun < SOON_MS, `answered after ${Date.now() - begun} ms`);
  return answer;
}

const clicks = async (api) => (await counted(api, ['clicks'])).clicks;

/** Clicks without a pause until it is told to end; gives how many were acknowledged. */
function load(server) {
  let isOver = false;
  let acknowledged = 0;
  const wrong = [];
  const running = (async () => {
    while (!isOver) {
      const { status } = await click(server);
      if (status === 302) acknowledged += 1;
      else wrong.push(status);
    }
  })();
  return {
    /** So many more are acknowledged. */
    async passes(more) {
      const until = acknowledged + more;
      await eventually(() => acknowledged >= until, { tries: 2_000 });
    },
    async end() {
      isOver = true;
      await running;
      assert.deepEqual(wrong, []);
      return acknowledged;
    },
  };
}

test('the program starts without its warehouse, takes everything in and counts it once', { skip }, async (context) => {
  const { server, api, facts, key, site } = await house(context, { started: false });
  const before = await ready(server);
  assert.deepEqual([before.status, before.ready], [200, true], 'intake is what readiness is about');
  assert.deepEqual(before.parts.store, { state: 'works' });
  assert.equal(before.parts.warehouse.state, 'away');
  assert.ok(Date.parse(before.parts.warehouse.since) <= Date.now());
  assert.equal(await metric(server, 'throughline_warehouse_away'), 1);
  assert.equal(await metric(server, 'throughline_store_away'), 0);

  const first = await click(server);
  const seen = await click(server);
  const sent = await sendEvents(server.url, key, [event('a'), event('b'), event('a')]);
  assert.deepEqual(sent, { status: 200, items: ['stored', 'stored', 'duplicate'] });
  const form = await fetch(`${server.url}/f/${site.public_key}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: 'https://optics.example', Accept: 'application/json' },
    body: new URLSearchParams({ name: 'Anna', phone: '+7 495 000-00-01' }),
  });
  assert.equal(form.status, 201);
  const clickId = new URL(first.to).searchParams.values().next().value;
  const lead = { phone: '+7 495 000-00-02', click_id: clickId };
  await api.must('POST', '/leads', { body: lead, headers: key });
  assert.equal((await api.must('GET', '/leads')).items.length, 2, 'the list of leads is there');
  const [link] = (await api.must('GET', '/links')).items;
  assert.equal(link.clicks_30d, null, 'nobody knows how many clicks');
  const channel = { name: 'Fairs', kind: 'other', colour: 1 };
  await api.must('POST', '/channels', { body: channel });
  assert.deepEqual(await api.must('GET', '/notes').then((notes) => notes.items ?? notes), []);
  const refused = await report(api);
  assert.deepEqual([refused.status, refused.body.code], [503, 'warehouse_away']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await looks(server, { shown: 'The server with the facts of reports has not answered since' });

  await facts.start();
  await eventually(async () => !(await isAway(server, 'warehouse')));
  // The one of `house` and the two of here.
  await eventually(async () => (await clicks(api)) === 3);
  assert.equal(seen.status, 302);
  const sourced = await eventually(async () => {
    const { items } = await api.must('GET', '/leads');
    return items.find((item) => item.phone.endsWith('02') && item.visit !== null);
  });
  assert.ok(sourced, 'the lead has found its visit');
  // A batch becomes visible table by table.
  await eventually(async () => {
    const numbers = await counted(api, ['events', 'leads']);
    return numbers.events === 2 && numbers.leads === 2;
  });
  assert.equal(await metric(server, 'throughline_warehouse_away'), 0);
});

/** The frame says what is degraded, and the screens of sales work. */
async function looks(server, { shown }) {
  for (const viewport of [undefined, phone]) {
    const { page, context } = await browser.page(viewport ? { viewport } : {});
    await page.goto(`${server.url}/leads`);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(shown).waitFor();
    await page.getByText('Anna').first().waitFor();
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await barriers(page), []);
    await shoot(page, `degraded-${viewport ? 'phone' : 'desktop'}`);
    await context.close();
  }
}

test('a warehouse that hangs, and one that is killed, under clicks: nothing lost, nothing twice', { skip }, async (context) => {
  const { server, api, facts } = await house(context, { started: true });
  await eventually(async () => (await clicks(api)) === 1);
  const visitors = load(server);
  await visitors.passes(200);

  facts.hang();
  const hung = await report(api);
  assert.deepEqual([hung.status, hung.body.code], [503, 'warehouse_away']);
  await eventually(() => isAway(server, 'warehouse'));
  await visitors.passes(200);
  assert.equal((await api.call('GET', '/leads')).status, 200);
  facts.goOn();
  await eventually(async () => (await report(api)).status === 200);
  await visitors.passes(200);

  await facts.kill();
  await eventually(() => isAway(server, 'warehouse'));
  const dead = await report(api);
  assert.deepEqual([dead.status, dead.body.code], [503, 'warehouse_away']);
  await visitors.passes(200);
  await facts.start();
  await eventually(async () => !(await isAway(server, 'warehouse')));
  await visitors.passes(200);
  const acknowledged = await visitors.end();
  await eventually(async () => (await clicks(api)) === acknowledged + 1);
});

test('the end of the program does not wait for a warehouse that hangs', { skip }, async (context) => {
  const { server, api, facts } = await house(context, { started: true });
  await eventually(async () => (await clicks(api)) === 1);
  facts.hang();
  assert.equal((await click(server)).status, 302);
  const begun = Date.now();
  await server.halt();
  assert.ok(Date.now() - begun < SOON_MS, `${Date.now() - begun} ms`);
  facts.goOn();
  await server.start();
  await eventually(async () => !(await isAway(server, 'warehouse')));
  await eventually(async () => (await clicks(api)) === 2);
});

test('a store that hangs under clicks: they are answered, and the API says soon that it is away', { skip: withoutPostgres }, async (context) => {
  const { server, api } = await furnished(context, { THROUGHLINE_STORE_URL: database('keeper_away') });
  context.after(() => goOn(postmaster));
  const visitors = load(server);
  await visitors.passes(200);
  hang(postmaster);
  const begun = Date.now();
  const listed = await api.call('GET', '/leads');
  assert.ok(Date.now() - begun < SOON_MS, `${Date.now() - begun} ms`);
  assert.deepEqual([listed.status, listed.body.code], [503, 'store_away']);
  assert.ok(Number(listed.headers.get('retry-after')) > 0);
  const now = await ready(server);
  assert.deepEqual([now.status, now.parts.store.state], [200, 'away']);
  assert.equal(await metric(server, 'throughline_store_away'), 1);
  await visitors.passes(500);
  goOn(postmaster);
  await eventually(async () => !(await isAway(server, 'store')));
  const acknowledged = await visitors.end();
  await eventually(async () => (await clicks(api)) === acknowledged + 1);
});
