// Several nodes on one store and one warehouse: each dies in turn, and what was acknowledged counts
// once; collectors go on without the store, also over a restart.
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { client, eventually, importFile, owner } from '../lib/api.mjs';
import { counted, event, rounds, sendEvents } from '../lib/facts.mjs';
import { PATIENT, click, furnish, ground, load, metric, node, skip } from '../lib/nodes.mjs';
import { postmaster } from '../lib/postgres.mjs';
import { goOn, hang } from '../lib/processes.mjs';
import { commandOn, startServer } from '../lib/server.mjs';

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
  const victims = [...collectors, keeper, front];
  const rest = Array.from({ length: rounds(1) }, () => victims).flat();
  for (const [round, victim] of rest.entries()) {
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
  // Collectors alone were shown the key: they keep its use in the background.
  await eventually(async () => {
    const { items } = await api.must('GET', '/api-keys');
    return items[0].last_used_at !== null;
  });
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
  const clicks = async () => (await counted(api, ['clicks']).catch(() => ({}))).clicks;
  let taken = 2;
  for (let round = rounds(1); round > 0; round -= 1) {
    hang(postmaster);
    await collector.crash();
    for (let left = 50; left > 0; left -= 1) assert.equal(await click(collector), 302);
    taken += 50;
    const readyz = await fetch(`${collector.url}/readyz`);
    assert.equal(readyz.status, 200);
    goOn(postmaster);
    await eventually(async () => (await clicks()) === taken, PATIENT);
  }
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
    body: { email: owner.email, password: owner.password },
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

test('what another node loads is on the live screen, and collectors share a limit out', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_live');
  const front = await node(context, shared, 'front', 'api');
  const { api, key } = await furnish(front);
  await node(context, shared, 'keeper', 'load,work');
  shared.env.THROUGHLINE__SERVER__TRUSTED_PROXIES = '127.0.0.0/8';
  shared.env.THROUGHLINE__COLLECT__PER_IP_RATE = '1';
  shared.env.THROUGHLINE__COLLECT__PER_IP_BURST = '60';
  const first = await node(context, shared, 'c1', 'collect');
  const stop = new AbortController();
  const stream = await fetch(`${front.url}/api/v1/live`, {
    headers: { Cookie: api.cookie },
    signal: stop.signal,
  });
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  // Until the feed is followed, nobody knows which hits it was too late for.
  let isSeen = false;
  const sending = (async () => {
    for (let number = 0; !isSeen; number += 1) {
      await sendEvents(first.url, key, [event(`live-${number}`, { url: 'https://optics.example/fitting' })]);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  for (let text = ''; !/event: hits\ndata: .*optics.example\/fitting/.test(text); ) {
    text += (await reader.read()).value;
  }
  isSeen = true;
  await sending;
  stop.abort();

  /** How many clicks at once a collector lets through. */
  const passes = async (server, address) => {
    const headers = { 'X-Forwarded-For': address };
    let passed = 0;
    for (let left = 80; left > 0; left -= 1) {
      const { status } = await fetch(`${server.url}/c/sale`, { redirect: 'manual', headers });
      passed += status === 302 ? 1 : 0;
    }
    return passed;
  };
  const alone = await passes(first, '203.0.113.1');
  assert.ok(alone >= 60 && alone < 80, `${alone} of 80`);
  const second = await node(context, shared, 'c2', 'collect');
  let number = 1;
  for (const server of [first, second]) {
    await eventually(async () => {
      number += 1;
      const passed = await passes(server, `203.0.113.${number}`);
      return passed >= 30 && passed < 50;
    });
  }
});

test('a folder that was put back without its name is adopted, and an older or another one is not', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_adopt');
  const whole = await node(context, shared, 'whole', 'load,api,work');
  const { api } = await furnish(whole);
  const collector = await node(context, shared, 'c1', 'collect');
  const other = await node(context, shared, 'c2', 'collect');
  for (let left = 5; left > 0; left -= 1) assert.equal(await click(collector), 302);
  for (let left = 30; left > 0; left -= 1) assert.equal(await click(other), 302);
  const clicks = async () => (await counted(api, ['clicks']).catch(() => ({}))).clicks;
  await eventually(async () => (await clicks()) === 35);
  const lives = collector.command('node', 'adopt');
  assert.notEqual(lives.status, 0, 'its folder is in use');
  await collector.halt();
  await other.halt();
  const journal = path.join(collector.folder, 'journal');
  const own = path.join(shared.spare, 'own');
  await cp(journal, own, { recursive: true });
  /** Puts another journal in the place of the node's, without its name. */
  const putBack = async (from) => {
    await rm(journal, { recursive: true });
    await cp(from, journal, { recursive: true });
    await rm(path.join(journal, 'owner'));
  };
  await putBack(path.join(other.folder, 'journal'));
  await assert.rejects(collector.start(), /ended with/);
  const strange = collector.command('node', 'adopt');
  assert.notEqual(strange.status, 0);
  assert.match(strange.stderr, /is not c1's, which is loaded up to/);
  await putBack(own);
  await assert.rejects(collector.start(), /ended with/);
  const adopted = collector.command('node', 'adopt');
  assert.equal(adopted.status, 0, adopted.stderr);
  const unswept = async () => {
    const listed = JSON.parse(whole.command('node', 'list', '--json').stdout);
    return listed.find(({ name }) => name === 'c1').unswept;
  };
  assert.equal(await unswept(), true);
  await collector.start();
  assert.equal(await click(collector), 302);
  await eventually(async () => (await clicks()) === 36);
  await collector.halt();
  await rm(journal, { recursive: true });
  const older = collector.command('node', 'adopt');
  assert.notEqual(older.status, 0);
  assert.match(older.stderr, /it is\s+older/);
  assert.equal(await clicks(), 36);
});

test('a collector whose name became another folder\'s takes nothing in that nobody would load', { skip }, async (context) => {
  const shared = await ground(context, 'nodes_refused');
  let hung;
  context.after(() => {
    goOn(postmaster);
    if (hung) goOn(hung);
  });
  const whole = await node(context, shared, 'whole', 'load,api,work');
  const { api } = await furnish(whole);
  const first = await node(context, shared, 'c1', 'collect');
  assert.equal(await click(first), 302);
  const clicks = async () => (await counted(api, ['clicks']).catch(() => ({}))).clicks;
  await eventually(async () => (await clicks()) === 1);
  // It hangs for so long that its folder's copy gets its name.
  const copy = path.join(shared.spare, 'copy');
  hung = first.pid;
  hang(hung);
  await cp(first.folder, copy, { recursive: true });
  await rm(path.join(copy, 'journal', 'owner'));
  const name = { THROUGHLINE__NODE__NAME: 'c1' };
  const adopted = commandOn(copy, ['node', 'adopt'], { ...shared.env, ...name });
  assert.equal(adopted.status, 0, adopted.stderr);
  goOn(hung);
  hung = undefined;
  const ready = async () => {
    const answer = await fetch(`${first.url}/readyz`);
    return { status: answer.status, ...(await answer.json()) };
  };
  await eventually(async () => (await ready()).parts.node.state === 'refused');
  assert.equal((await ready()).status, 503);
  assert.equal(await click(first), 503);
  // It knows also over a start, with the store away.
  hang(postmaster);
  await first.crash();
  assert.equal(await click(first), 503);
  assert.equal((await ready()).parts.node.state, 'refused');
  goOn(postmaster);
  await eventually(async () => (await ready()).parts.store.state === 'works', PATIENT);
  assert.equal(await click(first), 503);
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
