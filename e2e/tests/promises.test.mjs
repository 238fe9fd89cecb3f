// What is acknowledged survives a kill at any moment, and is there once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { counted, event, pause, rounds, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const kills = rounds(100);

test(`kill -9 in ${kills} rounds: nothing acknowledged is lost, nothing is there twice`, async (context) => {
  const random = seeded(20261122);
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_KEY_RATE: '0' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  await api.must('POST', '/links', {
    body: { name: 'Sale', slug: 'sale', target: 'https://optics.example/sale' },
  });
  const acknowledged = new Set();
  const sent = new Set();
  const clicks = { tried: 0, redirected: 0 };

  async function send(id) {
    sent.add(id);
    const { status, items } = await sendEvents(server.url, key, [event(id)]);
    if (status === 200 && items[0] !== 'rejected') acknowledged.add(id);
  }

  async function click() {
    clicks.tried += 1;
    const { status } = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
    if (status === 302) clicks.redirected += 1;
  }

  for (let round = 0; round < kills; round += 1) {
    let [number, left] = [0, 1 + Math.floor(random() * 8)];
    const name = () => `${round}-${(number += 1)}`;
    let ripe;
    const enough = new Promise((resolve) => (ripe = resolve));
    // The kill comes after so many answers, while the other senders wait for theirs.
    const busy = async (work) => {
      for (let count = 0; count < 20; count += 1) {
        await work();
        left -= 1;
        if (left === 0) ripe();
      }
    };
    const works = [() => send(name()), () => send(name()), () => send(name()), click];
    const senders = works.map((work) => busy(work).catch(() => {}));
    await enough;
    await pause(random() * 4);
    await server.crash();
    await Promise.all(senders);
    // A sender that got no answer sends again; the id tells that it is the same event.
    if (round % 10 === 0) await Promise.all([...sent].slice(-5).map((id) => send(id)));
  }

  assert.ok(acknowledged.size > kills, 'the rounds were too short to show anything');
  assert.ok(clicks.redirected > kills / 4, 'the rounds were too short for clicks');
  // Now everything goes out once more: each event is there exactly once, whatever became of it.
  const all = [...sent];
  for (let from = 0; from < all.length; from += 500) {
    const { status, items } = await sendEvents(server.url, key, all.slice(from, from + 500).map((id) => event(id)));
    assert.equal(status, 200);
    const known = items.map((item, at) => [all[from + at], item]).filter(([id]) => acknowledged.has(id));
    assert.deepEqual(known.filter(([, item]) => item !== 'duplicate'), []);
  }
  await sendEvents(server.url, key, [event('the last')]);
  const stored = await eventually(async () => {
    const now = await counted(api, ['events', 'tracked_clicks']);
    return now.events > sent.size ? now : undefined;
  });
  assert.equal(stored.events, sent.size + 1);
  const { tried, redirected } = clicks;
  const told = `${redirected} redirected of ${tried}, ${stored.tracked_clicks} stored`;
  assert.ok(redirected <= stored.tracked_clicks && stored.tracked_clicks <= tried, told);
});
