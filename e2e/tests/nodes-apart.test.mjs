// Nodes whose network is cut, and nodes whose clocks are wrong: what was acknowledged counts once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import { client, eventually, owner } from '../lib/api.mjs';
import { counted, rounds } from '../lib/facts.mjs';
import { PATIENT, click, furnish, ground, load, metric, node, skip } from '../lib/nodes.mjs';

const ip = (...words) => spawnSync('ip', words, { encoding: 'utf8' });

/** What to say instead of a test that needs a network of its own, or false. */
const withoutNetworks = (() => {
  const name = `tl-probe-${process.pid}`;
  const made = ip('netns', 'add', name);
  if (made.error) return 'there is no ip (of the package iproute2)';
  if (made.status !== 0) return `networks cannot be made here: ${made.stderr.trim()}`;
  ip('netns', 'del', name);
  return false;
})();

/** The library that tells a program another time, or nothing. */
const faketime = (() => {
  for (const folder of ['/usr/lib', '/usr/lib64']) {
    for (const arch of ['', ...listed(folder)]) {
      const found = listed(`${folder}/${arch}/faketime`).find((name) => name === 'libfaketimeMT.so.1');
      if (found) return `${folder}/${arch}/faketime/${found}`;
    }
  }
  return undefined;
})();

function listed(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A network with this machine on one side and a place for a node on the other. */
function network(context) {
  const name = `tl-${process.pid}`;
  const [here, there] = [`tlh${process.pid}`, `tlt${process.pid}`];
  const net = `10.231.${process.pid % 250}`;
  const must = (...words) => {
    const done = ip(...words);
    assert.equal(done.status, 0, `ip ${words.join(' ')}: ${done.stderr}`);
  };
  must('netns', 'add', name);
  context.after(() => ip('netns', 'del', name));
  must('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
  context.after(() => ip('link', 'del', here));
  must('addr', 'add', `${net}.1/24`, 'dev', here);
  must('link', 'set', here, 'up');
  must('-n', name, 'addr', 'add', `${net}.2/24`, 'dev', there);
  must('-n', name, 'link', 'set', there, 'up');
  must('-n', name, 'link', 'set', 'lo', 'up');
  return {
    here: `${net}.1`,
    there: `${net}.2`,
    within: ['ip', 'netns', 'exec', name],
    cut: () => must('link', 'set', here, 'down'),
    mend: () => must('link', 'set', here, 'up'),
    /** Asks for an address over there, so many times; the statuses. */
    asks(url, times) {
      const words = ['netns', 'exec', name, 'curl', '-s', '-o', '/dev/null', '-w', '%{http_code} '];
      const done = ip(...words, `${url}?n=[1-${times}]`);
      return done.stdout.trim().split(' ').map(Number);
    },
  };
}

/** Lets the other side of a network reach a server of this machine. */
async function gate(context, host, server) {
  const open = new Set();
  const door = createServer((socket) => {
    const on = connect(Number(server.port), server.hostname);
    for (const [one, other] of [[socket, on], [on, socket]]) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise((resolve) => door.listen(0, host, resolve));
  context.after(() => {
    for (const socket of open) socket.destroy();
    door.close();
  });
  const url = new URL(server.href);
  url.host = `${host}:${door.address().port}`;
  return url.href;
}

const away = async (server) => {
  const answer = await (await fetch(`${server.url}/readyz`)).json();
  return (answer.nodes ?? []).map((one) => one.name);
};

test('a collector that is cut off takes clicks in, is named, and loses and doubles nothing', { skip: skip || withoutNetworks }, async (context) => {
  const shared = await ground(context, 'nodes_apart');
  const whole = await node(context, shared, 'whole', 'load,api,work');
  const { api } = await furnish(whole);
  const net = network(context);
  const store = await gate(context, net.here, new URL(shared.env.THROUGHLINE_STORE_URL));
  const env = { ...shared.env, THROUGHLINE_STORE_URL: store };
  const place = `${net.there}:8080`;
  const collector = await node(context, { env }, 'c1', 'collect', { place, within: net.within });
  for (let left = 5; left > 0; left -= 1) assert.equal(await click(collector), 302);
  const clicks = async () => (await counted(api, ['clicks']).catch(() => ({}))).clicks;
  await eventually(async () => (await clicks()) === 5, PATIENT);

  let taken = 5;
  for (let left = rounds(1); left > 0; left -= 1) {
    net.cut();
    const statuses = net.asks(`${collector.url}/c/sale`, 40);
    assert.deepEqual([...new Set(statuses)], [302]);
    assert.equal(statuses.length, 40);
    await eventually(async () => (await away(whole)).includes('c1'), PATIENT);
    assert.deepEqual(net.asks(`${collector.url}/readyz`, 1), [200], 'intake is what readiness is about');
    assert.equal(await clicks(), taken);

    net.mend();
    taken += 40;
    await eventually(async () => (await clicks()) === taken, PATIENT);
    await eventually(async () => (await away(whole)).length === 0, PATIENT);
    assert.equal(await clicks(), taken);
  }
});

/** Longer than a node may be silent before it is said to be away, and a lease before it is free. */
const SILENT_MS = 21_000;

test('nodes whose clocks are hours apart take turns as others do, and count each click once', { skip: skip || (faketime ? false : 'there is no libfaketime') }, async (context) => {
  const shared = await ground(context, 'nodes_clocks');
  const skewed = (hours) => ({
    env: { ...shared.env, LD_PRELOAD: faketime, FAKETIME: hours, FAKETIME_DONT_FAKE_MONOTONIC: '1' },
  });
  const first = await node(context, shared, 'first', 'load,api,work');
  const { api, key } = await furnish(first);
  const second = await node(context, skewed('+3h'), 'second', 'load,api,work');
  const collectors = [
    await node(context, skewed('-2h'), 'c1', 'collect'),
    await node(context, shared, 'c2', 'collect'),
  ];
  const held = (server, job) => metric(server, `throughline_job_held{job="${job}"}`);
  const visitors = load(collectors, key, 'clocks');
  // Hours pass between what one writes down and what the other reads; for longer than a node may be
  // silent, nobody takes anything over.
  const until = performance.now() + SILENT_MS;
  while (performance.now() < until) await visitors.passes(40);
  assert.deepEqual([await held(first, 'load'), await held(second, 'load')], [1, 0]);
  assert.deepEqual(await away(first), []);
  assert.deepEqual(await away(second), []);
  await first.kill();
  await eventually(async () => (await held(second, 'load')) === 1, PATIENT);
  await visitors.passes(40);
  await first.start();
  await visitors.passes(40);
  await visitors.end();
  const { told } = visitors;
  await api.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  const other = client(() => first.url);
  await other.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  await eventually(async () => {
    const numbers = await counted(other, ['clicks', 'events']).catch(() => ({}));
    return numbers.clicks === told.clicks && numbers.events === told.events;
  }, PATIENT);
  assert.equal(told.unsure, 0);
});
