// A full disk: nothing is acknowledged that is not kept, people are told, and it goes on by itself.
import assert from 'node:assert/strict';
import { before, after, test } from 'node:test';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let key;
const api = client(() => server.url);

before(async () => {
  server = await startServer({
    env: {
      THROUGHLINE__JOURNAL__SEGMENT_MB: '1',
      THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
      THROUGHLINE__LOG__LEVEL: 'off',
    },
  });
  await setUp(api);
  key = await apiKey(api);
  const target = 'https://optics.example/';
  await api.must('POST', '/links', { body: { name: 'Sale', slug: 'sale', target } });
});
after(() => server.stop());

async function statusOf(path) {
  const response = await fetch(`${server.url}${path}`, { redirect: 'manual' });
  return response.status;
}

async function notes() {
  const { items } = await api.must('GET', '/notes');
  return items.map((note) => note.code);
}

async function events() {
  return (await counted(api, ['events'])).events;
}

test('a full disk turns clicks and events away with a 503, is told, and nothing is there twice', async () => {
  assert.equal(await statusOf('/c/sale'), 302);
  assert.equal((await sendEvents(server.url, key, [event('before')])).status, 200);
  await eventually(async () => (await events()) === 1);

  server.fillDisk(0);
  for (let time = 0; time < 3; time += 1) {
    assert.equal((await sendEvents(server.url, key, [event('during')])).status, 503);
    assert.equal(await statusOf('/c/sale'), 503);
  }
  assert.equal(await statusOf('/readyz'), 503);
  assert.equal(await statusOf('/healthz'), 200);
  assert.ok((await notes()).includes('journal_failing'));
  const site = { name: 'Second', domain: 'second.example', consent_mode: 'cookie' };
  const refused = await api.call('POST', '/sites', { body: site });
  assert.deepEqual([refused.status, refused.body.code], [503, 'disk_failing']);
  assert.equal(await events(), 1, 'reports are read as before');

  server.fillDisk('unlimited');
  await eventually(async () => (await statusOf('/readyz')) === 200);
  const again = await sendEvents(server.url, key, [event('during'), event('before')]);
  assert.deepEqual(again, { status: 200, items: ['stored', 'duplicate'] });
  assert.equal(await statusOf('/c/sale'), 302);
  await eventually(async () => (await events()) === 2 && (await notes()).length === 0);
  assert.equal((await api.call('POST', '/sites', { body: site })).status, 201);
});

test('a warehouse without room keeps its place, is told, and loads the rest later', async () => {
  // Segments of the journal end before this byte; the warehouse's own log does not.
  const before = await events();
  server.fillDisk(1 << 20);
  const word = 'x'.repeat(60);
  const fill = (batch) =>
    Array.from({ length: 200 }, (_, number) =>
      event(`${batch}-${number}`, { properties: { a: word, b: word, c: `${word}${number}` } }),
    );
  let sent = 0;
  await eventually(async () => {
    assert.equal((await sendEvents(server.url, key, fill(sent))).status, 200);
    sent += 1;
    return (await notes()).includes('loading_failing');
  });
  assert.equal(await statusOf('/readyz'), 200, 'intake goes on');
  const loaded = await events();
  assert.ok(loaded < before + sent * 200, `${loaded} loaded`);

  server.fillDisk('unlimited');
  await eventually(async () => (await events()) === before + sent * 200);
  // Said a moment after the facts are there.
  await eventually(async () => (await notes()).length === 0);
});

test('below the floor everything is refused before the disk is full, and doctor says why', async () => {
  const free = 100_000_000;
  const limits = {
    THROUGHLINE__DATA__DISK_LOW_MB: String(free),
    THROUGHLINE__DATA__DISK_FLOOR_MB: String(free),
    THROUGHLINE__LOG__LEVEL: 'off',
  };
  const full = await startServer({ env: limits });
  const there = client(() => full.url);
  try {
    await setUp(there);
    const secret = await apiKey(there);
    const refused = await eventually(async () => {
      const answer = await sendEvents(full.url, secret, [event(`${Math.random()}`)]);
      return answer.status === 503 ? answer : undefined;
    });
    assert.equal(refused.status, 503);
    const { items } = await there.must('GET', '/notes');
    assert.equal(items[0].code, 'disk_full');
    assert.match(items[0].params.free_mb, /^\d+$/);
    const form = new FormData();
    form.set('kind', 'costs');
    form.set('file', new Blob(['Date;Cost\n2026-11-01;10']), 'costs.csv');
    const upload = await there.call('POST', '/imports/preview', { form });
    assert.deepEqual([upload.status, upload.body.code], [503, 'disk_low']);
    assert.match(upload.body.detail, /^only \d+ MB are free on the data disk/);

    const doctor = full.command('doctor');
    assert.equal(doctor.status, 1);
    assert.match(doctor.stdout, /broken\s+disk\s+only \d+ MB are free: below \d+ MB no events/);
    assert.match(doctor.stdout, /The journal takes \d+ MB \(\d+ MB of it not packed yet\)/);
    assert.match(doctor.stdout, /look\s+data folder .* is in use by the server on 127\.0\.0\.1:\d+ /);
  } finally {
    await full.stop();
  }
});
