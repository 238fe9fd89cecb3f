// Several nodes on one store and one warehouse: each dies in turn, and what was acknowledged counts
// once; collectors go on without the store, also over a restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, importFile, setUp } from '../lib/api.mjs';
import { clickHouse, withoutClickHouse } from '../lib/clickhouse.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { database, postmaster, withoutPostgres } from '../lib/postgres.mjs';
import { goOn, hang } from '../lib/processes.mjs';
import { freePort, startServer } from '../lib/server.mjs';

const skip = withoutClickHouse || withoutPostgres;
/** Longer than a server waits for a node that hangs within a transaction. */
const PATIENT = { tries: 2_400 };

/** A store and a warehouse that nodes share. */
async function ground(context, name) {
  const facts = await clickHouse();
  context.after(() => facts.remove());
  await facts.start();
  const env = {
    THROUGHLINE_STORE_URL: database(name),
    THROUGHLINE_WAREHOUSE_URL: facts.url,
    THROUGHLINE__NODE__KEY: 'a1'.repeat(32),
    THROUGHLINE__SECRETS__KEY: '5e'.repeat(32),
    THROUGHLINE__COLLECT__PER_IP_RATE: '0',
    THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
    THROUGHLINE__SERVER__DRAIN_S: '1',
    THROUGHLINE__LOG__LEVEL: 'off',
  };
  return { facts, env };
}

/** A node of its own, with its own data folder. */
async function node(context, { env }, name, roles) {
  const listen = `127.0.0.1:${await freePort()}`;
  const server = await startServer({
    args: ['serve', '--roles', roles],
    env: {
      ...env,
      THROUGHLINE__NODE__NAME: name,
      THROUGHLINE__NODE__ADDRESS: `http://${listen}`,
      THROUGHLINE__SERVER__LISTEN: listen,
    },
  });
  context.after(() => server.stop());
  return server;
}

/** Who sets it up: a site, a link that works, and a key. */
async function furnish(server) {
  const api = client(() => server.url);
  await setUp(api);
  const target = 'https://optics.example/sale';
  await api.must('POST', '/links', { body: { name: 'sale', slug: 'sale', target } });
  return { api, key: await apiKey(api) };
}

async function click(server) {
  try {
    const answer = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
    return answer.status;
  } catch {
    return 0;
  }
}

/** Clicks and events without a pause, on whichever collector answers; an event is sent until it is. */
function load(collectors, key, round) {
  let isOver = false;
  const told = { clicks: 0, unsure: 0, events: 0 };
  const clicking = async (server) => {
    while (!isOver) {
      const status = await click(server);
      if (status === 302) told.clicks += 1;
      // Nobody knows whether a click whose answer was cut off was taken in.
      else told.unsure += 1;
      if (status === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const sending = async () => {
    for (let number = 0; !isOver; number += 1) {
      const id = `${round}-${number}`;
      for (let at = number; ; at += 1) {
        const server = collectors[at % collectors.length];
        const { status } = await sendEvents(server.url, key, [event(id)]).catch(() => ({}));
        if (status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      told.events += 1;
    }
  };
  const running = Promise.all([...collectors.map(clicking), sending()]);
  return {
    told,
    async passes(more) {
      const until = told.clicks + more;
      await eventually(() => told.clicks >= until, { tries: 4_000 });
    },
    async end() {
      isOver = true;
      await running;
    },
  };
}

const metric = async (server, line) => {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  return Number(page.split('\n').find((one) => one.startsWith(`${line} `))?.split(' ')[1]);
};

test('each node is killed in turn: what collectors acknowledged counts once', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_killed');
  const front = await node(context, shared, 'front', 'api');
  const { api, key } = await furnish(front);
  const keeper = await node(context, shared, 'keeper', 'load,work');
  const collectors = [
    await node(context, shared, 'c1', 'collect'),
    await node(context, shared, 'c2', 'collect'),
  ];
  const sums = { clicks: 0, unsure: 0, events: 0 };
  for (const [round, victim] of [...collectors, keeper, front].entries()) {
    const visitors = load(collectors, key, round);
    await visitors.passes(60);
    await victim.kill();
    if (!collectors.includes(victim)) await visitors.passes(60);
    await victim.start();
    await visitors.passes(60);
    await visitors.end();
    for (const name of Object.keys(sums)) sums[name] += visitors.told[name];
  }
  const now = await eventually(async () => {
    const numbers = await counted(api, ['clicks', 'events']).catch(() => undefined);
    return numbers?.clicks >= sums.clicks && numbers.events >= sums.events && numbers;
  }, PATIENT);
  assert.ok(now.clicks <= sums.clicks + sums.unsure, JSON.stringify({ now, sums }));
  assert.equal(now.events, sums.events);
  const elsewhere = await fetch(`${collectors[0].url}/api/v1/leads`);
  assert.equal(elsewhere.status, 503);
  assert.equal((await elsewhere.json()).code, 'not_here');
  assert.equal(await click(front), 503);
});

test('a collector is killed and starts again while the store hangs, and loses nothing', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_store');
  const whole = await node(context, shared, 'whole', 'load,api,work');
  const { api } = await furnish(whole);
  const collector = await node(context, shared, 'c1', 'collect');
  context.after(() => goOn(postmaster));
  assert.equal(await click(collector), 302);
  // A link that is made later is known within seconds.
  const target = 'https://optics.example/news';
  await api.must('POST', '/links', { body: { name: 'news', slug: 'news', target } });
  await eventually(async () => {
    const answer = await fetch(`${collector.url}/c/news`, { redirect: 'manual' });
    return answer.status === 302;
  });
  hang(postmaster);
  await collector.crash();
  for (let left = 50; left > 0; left -= 1) assert.equal(await click(collector), 302);
  const readyz = await fetch(`${collector.url}/readyz`);
  assert.equal(readyz.status, 200);
  goOn(postmaster);
  const clicks = async () => (await counted(api, ['clicks']).catch(() => ({}))).clicks;
  await eventually(async () => (await clicks()) === 52, PATIENT);
});

test('another node takes over where one hangs, and nothing counts twice when it goes on', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_hang');
  let hung;
  context.after(() => hung && goOn(hung));
  const first = await node(context, shared, 'first', 'load,api,work');
  const { api, key } = await furnish(first);
  // It also collects: what it took in since it began was loaded by the first one.
  const second = await node(context, shared, 'second', 'collect,load,api,work');
  const collector = await node(context, shared, 'c1', 'collect');
  const held = (server, job) => metric(server, `throughline_job_held{job="${job}"}`);
  for (const job of ['load', 'work']) {
    assert.deepEqual([await held(first, job), await held(second, job)], [1, 0], job);
  }
  const visitors = load([collector, second], key, 'hang');
  await visitors.passes(50);
  hung = first.pid;
  hang(hung);
  await eventually(async () => (await held(second, 'load')) === 1, PATIENT);
  await eventually(async () => (await held(second, 'work')) === 1, PATIENT);
  await visitors.passes(50);
  goOn(hung);
  hung = undefined;
  await eventually(async () => (await held(first, 'load')) === 0);
  await visitors.passes(50);
  await visitors.end();
  const { told } = visitors;
  const other = client(() => second.url);
  await other.must('POST', '/sessions', {
    body: { email: 'owner@optics.example', password: 'a long password' },
  });
  for (const reader of [api, other]) {
    // Who hung finds its connections to the warehouse broken first.
    const events = async () => (await counted(reader, ['events']).catch(() => ({}))).events;
    await eventually(async () => (await events()) === told.events, PATIENT);
    assert.equal((await counted(reader, ['clicks'])).clicks, told.clicks);
  }
  await second.halt();
  await eventually(async () => (await held(first, 'work')) === 1);
  const deals = 'Deal ID;Status;Created;Amount\nD-1;paid;2026-10-05;8000';
  const done = await importFile(api, 'deals', 'deals.csv', deals);
  assert.equal(done.state, 'done', JSON.stringify(done));
});

test('a name belongs to one data folder, and roles that need more than is there are refused', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_named');
  const first = await node(context, shared, 'main', 'collect,load,api,work');
  await furnish(first);
  await assert.rejects(node(context, shared, 'main', 'collect'), /ended with 1/);
  const stranger = await fetch(`${first.url}/internal/v1/journal`);
  assert.equal(stranger.status, 401);
  const wrong = { Authorization: `Bearer ${'0'.repeat(64)}` };
  assert.equal((await fetch(`${first.url}/internal/v1/journal`, { headers: wrong })).status, 401);
  const listed = first.command('node', 'list', '--json');
  assert.equal(listed.status, 0, listed.stderr);
  assert.deepEqual(JSON.parse(listed.stdout).map((one) => one.name), ['main']);
  const alone = await startServer();
  context.after(() => alone.stop());
  const refused = alone.command('serve', '--roles', 'collect');
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /set store\.url/);
});
