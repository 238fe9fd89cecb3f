// What comes twice counts once, also when the answer to the first time was lost in a crash.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { counted, event, pause, rounds, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

async function withServer(context) {
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_KEY_RATE: '0' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  return { server, api, key: await apiKey(api) };
}

function arrives(api, metric, count) {
  return eventually(async () => (await counted(api, [metric]))[metric] === count);
}

test('events that are sent again with their ids after a kill count once', async (context) => {
  const { server, api, key } = await withServer(context);
  const random = seeded(31);
  const kills = rounds(8);
  for (let round = 0; round < kills; round += 1) {
    const events = Array.from({ length: 20 }, (_, number) => event(`${round}-${number}`));
    const sending = sendEvents(server.url, key, events).catch(() => undefined);
    await pause(random() * 15);
    await server.kill();
    await sending;
    await server.start();
    for (let time = 0; time < 2; time += 1) {
      const { status, items } = await sendEvents(server.url, key, events);
      assert.equal(status, 200);
      assert.ok(items.every((item) => item === 'stored' || item === 'duplicate'), String(items));
      if (time === 1) assert.ok(items.every((item) => item === 'duplicate'), String(items));
    }
  }
  await arrives(api, 'events', kills * 20);
  await pause(500);
  await arrives(api, 'events', kills * 20);
});

test('events of one batch that name the same id count once', async (context) => {
  const { server, api, key } = await withServer(context);
  const { items } = await sendEvents(server.url, key, [event('a'), event('a'), event('b')]);
  assert.deepEqual(items, ['stored', 'duplicate', 'stored']);
  await arrives(api, 'events', 2);
});

test('an access log that is imported twice, and once after a kill half-way, counts once', async (context) => {
  const { server, api } = await withServer(context);
  const stamp = new Date(Date.now() - 86_400_000);
  const month = stamp.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const date = `${String(stamp.getUTCDate()).padStart(2, '0')}/${month}/${stamp.getUTCFullYear()}`;
  const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0.0.0 Safari/537.36';
  const line = (at) => {
    const time = `${String(at % 20).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}:00`;
    const address = `203.0.${at % 200}.${at % 250}`;
    return `${address} - - [${date}:${time} +0000] "GET /p${at} HTTP/1.1" 200 512 "-" "${agent}"`;
  };
  const log = path.join(server.folder, 'access.log');
  writeFileSync(log, Array.from({ length: 6_000 }, (_, at) => line(at)).join('\n'));
  await server.kill();
  const killed = server.background('import', 'access-log', log);
  await pause(250);
  killed.process.kill('SIGKILL');
  await killed.ended;
  for (let time = 0; time < 2; time += 1) {
    const done = server.command('import', 'access-log', log);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /^6000 lines: 6000 page views in \d+ visits by people/);
  }
  await server.start();
  const { page_views: views } = await counted(api, ['page_views']);
  assert.equal(views, 6_000);
});

test('leads that are sent again after a kill with their Idempotency-Key are there once', async (context) => {
  const { server, api, key } = await withServer(context);
  const random = seeded(32);
  const kills = rounds(8);
  for (let round = 0; round < kills; round += 1) {
    const options = {
      headers: { ...key, 'Idempotency-Key': `lead-${round}` },
      body: { phone: `+7495${String(round).padStart(7, '0')}`, name: 'Lead' },
    };
    const sending = api.call('POST', '/leads', options).catch(() => undefined);
    await pause(random() * 15);
    await server.kill();
    await sending;
    await server.start();
    const ids = new Set();
    for (let time = 0; time < 2; time += 1) {
      const answer = await api.call('POST', '/leads', options);
      assert.ok(answer.status < 300, JSON.stringify(answer.body));
      ids.add(answer.body.id);
    }
    assert.equal(ids.size, 1, 'both answers name the same lead');
  }
  const phones = new Set();
  let listed = 0;
  for (let cursor = ''; cursor !== null; ) {
    const page = await api.must('GET', `/leads?limit=100${cursor && `&cursor=${cursor}`}`, { headers: key });
    listed += page.items.length;
    for (const lead of page.items) phones.add(lead.phone);
    cursor = page.next_cursor;
  }
  assert.deepEqual([listed, phones.size], [kills, kills]);
  await arrives(api, 'leads', kills);
});
