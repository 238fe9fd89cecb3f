// What is acknowledged survives a kill at any moment, and is there once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { day, rounds, seeded } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const kills = rounds(100);

test(`kill -9 in ${kills} rounds: nothing acknowledged is lost, nothing is there twice`, async (context) => {
  const random = seeded(20261122);
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_KEY_RATE: '0' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const acknowledged = new Set();
  const sent = new Set();

  async function send(round, number) {
    const id = `${round}-${number}`;
    sent.add(id);
    const event = { id, type: 'event', name: 'ping', url: 'https://optics.example/', visitor: '0000000000001' };
    const response = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { ...key, 'Content-Type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    });
    const answer = await response.json();
    if (response.status === 200 && answer.items[0].status !== 'rejected') acknowledged.add(id);
  }

  for (let round = 0; round < kills; round += 1) {
    const after = Math.floor(random() * 30);
    let number = 0;
    const sender = async () => {
      for (let count = 0; count < 20; count += 1) {
        number += 1;
        await send(round, number);
      }
    };
    const senders = [sender(), sender(), sender()].map((work) => work.catch(() => {}));
    await new Promise((resolve) => setTimeout(resolve, after));
    await server.crash();
    await Promise.all(senders);
    // A sender that got no answer sends again; the id tells that it is the same event.
    if (round % 10 === 0) await Promise.all([...sent].slice(-5).map((id) => send(...id.split('-'))));
  }

  assert.ok(acknowledged.size > kills, 'the rounds were too short to show anything');
  const question = {
    metrics: ['events'],
    dimensions: [],
    period: { from: day(-2), to: day(2) },
    include_bots: true,
  };
  let last = -1;
  const stored = await eventually(async () => {
    const { totals } = await table(api, question);
    const now = Number(totals.events);
    const settled = now === last && now >= acknowledged.size;
    last = now;
    return settled ? now : undefined;
  });
  assert.ok(stored >= acknowledged.size, `${acknowledged.size} acknowledged, ${stored} stored`);
  assert.ok(stored <= sent.size, `${sent.size} sent, ${stored} stored`);
});
