// Ends of the journal that a crash tore are cut; damage before the end is refused and explained.
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, renameSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { counted, event, rounds, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const HEADER_BYTES = 24;
const GROUP_MAGIC = 0x314a4c54;
const first = '000000000000.log';

async function withEvents(context) {
  const server = await startServer({
    env: { THROUGHLINE__JOURNAL__SEGMENT_MB: '1', THROUGHLINE__LOG__LEVEL: 'off' },
  });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const send = async (id) => {
    const answer = await sendEvents(server.url, key, [event(id)]);
    assert.deepEqual(answer, { status: 200, items: ['stored'] });
  };
  for (let number = 0; number < 5; number += 1) await send(`first-${number}`);
  await arrives(api, 5);
  return { server, api, send, segment: path.join(server.folder, 'journal', first) };
}

function arrives(api, count) {
  return eventually(async () => (await counted(api, ['events'])).events === count);
}

/** Where the last group begins and ends. */
function lastGroup(segment) {
  const bytes = readFileSync(segment);
  let group = { start: 0, end: 0 };
  while (bytes.length >= group.end + HEADER_BYTES && bytes.readUInt32LE(group.end) === GROUP_MAGIC) {
    const end = group.end + HEADER_BYTES + bytes.readUInt32LE(group.end + 4);
    group = { start: group.end, end };
  }
  assert.ok(group.end > 0, 'the segment has no group');
  return group;
}

function write(segment, bytes, at) {
  const file = openSync(segment, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function flip(segment, at) {
  write(segment, Buffer.from([readFileSync(segment)[at] ^ 0xff]), at);
}

test('a group that was torn by the crash is cut, and reports stay as they were', async (context) => {
  const { server, api, send, segment } = await withEvents(context);
  const random = seeded(21);
  for (let round = 0; round < rounds(10); round += 1) {
    const before = await counted(api, ['events', 'visits']);
    await server.kill();
    // The beginning of a group, as a write that was interrupted leaves it.
    const { start, end } = lastGroup(segment);
    const torn = start + 1 + Math.floor(random() * (end - start - 1));
    write(segment, readFileSync(segment).subarray(start, torn), end);
    await server.start();
    assert.deepEqual(await counted(api, ['events', 'visits']), before);
    await send(`torn-${round}`);
    await arrives(api, before.events + 1);
  }
});

test('a last group that was flipped or cut off takes nothing from reports, and new events count', async (context) => {
  const { server, api, send, segment } = await withEvents(context);
  const random = seeded(22);
  for (let round = 0; round < rounds(10); round += 1) {
    const before = await counted(api, ['events', 'visits']);
    await server.kill();
    const { start, end } = lastGroup(segment);
    const at = start + Math.floor(random() * (end - start));
    if (round % 2 === 0) flip(segment, at);
    else truncateSync(segment, at);
    await server.start();
    assert.deepEqual(await counted(api, ['events', 'visits']), before);
    await send(`after-${round}`);
    await arrives(api, before.events + 1);
  }
});

test('damage before the end stops the start, is named by doctor, and nothing is lost once it is repaired', async (context) => {
  const { server, api, send, segment } = await withEvents(context);
  const before = await counted(api, ['events', 'visits']);
  await server.kill();
  flip(segment, 40);

  const refused = server.command('serve');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /segment 0 is damaged at byte 0, with intact entries after it/);
  const doctor = server.command('doctor');
  assert.equal(doctor.status, 1);
  assert.match(doctor.stdout, /broken\s+journal\s+segment 0 is damaged at byte 0/);
  assert.ok(doctor.stdout.includes(`The file is ${segment}.`), doctor.stdout);
  assert.match(doctor.stdout, /Put it back from a backup/);

  flip(segment, 40);
  await server.start();
  assert.deepEqual(await counted(api, ['events', 'visits']), before);
  await send('after');
  await arrives(api, before.events + 1);
});

test('a damaged newest segment can be moved away: what is loaded stays and new events count', async (context) => {
  const { server, api, send, segment } = await withEvents(context);
  await server.kill();
  flip(segment, 40);
  renameSync(segment, `${segment}.damaged`);
  await server.start();
  assert.equal((await counted(api, ['events'])).events, 5);
  await send('after');
  await arrives(api, 6);
  await server.kill();
  assert.match(server.command('doctor').stdout, /fine\s+journal/);
  await server.start();
});

test('doctor says in plain words what to do about a store or warehouse that is no database', async (context) => {
  const { server } = await withEvents(context);
  await server.halt();
  for (const [name, advice] of [
    ['warehouse.duckdb', /broken\s+data folder .*then run `throughline rebuild`/],
    ['store.sqlite', /broken\s+data folder .*put it back from a backup/],
  ]) {
    const file = path.join(server.folder, name);
    const kept = readFileSync(file);
    write(file, Buffer.alloc(kept.length, 'x'), 0);
    const doctor = server.command('doctor');
    assert.equal(doctor.status, 1, doctor.stdout);
    assert.match(doctor.stdout, advice);
    write(file, kept, 0);
  }
  assert.equal(server.command('doctor').status, 0);
  await server.start();
});
