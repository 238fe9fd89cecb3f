// The key to the store's secrets: a wrong or missing one stops the start in words, a new one takes
// the place of the one before it, and a copy says whether it holds the key.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const OTHER = '5e'.repeat(32);

async function started(context) {
  const server = await startServer();
  context.after(() => server.stop());
  await setUp(client(() => server.url));
  return { server, file: path.join(server.folder, 'secrets.key') };
}

test('a missing or wrong key stops the start, and nothing makes another one', async (context) => {
  const { server, file } = await started(context);
  const key = await readFile(file, 'utf8');
  assert.match(key, /^[0-9a-f]{64}\n$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await server.halt();

  await rename(file, `${file}.aside`);
  const without = server.command('serve');
  assert.equal(without.status, 1);
  assert.match(without.stderr, /secrets\.key, the key to the store's secrets, is not there/);
  await assert.rejects(stat(file));

  await writeFile(file, OTHER);
  const wrong = server.command('serve');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /is not the one of this store/);
  const told = server.command('doctor', '--json');
  assert.equal(told.status, 1);
  const finding = JSON.parse(told.stdout).find((one) => one.what === 'secrets');
  assert.equal(finding.verdict, 'broken');
  for (const answer of [without, wrong, told]) {
    const words = answer.stdout + answer.stderr;
    assert.ok(!words.includes(OTHER) && !words.includes(key.trim()), words);
  }

  await rename(`${file}.aside`, file);
  await server.start();
  assert.equal(await readFile(file, 'utf8'), key);
});

test('a new key takes the place of the one before it, and the server goes on with it', async (context) => {
  const { server, file } = await started(context);
  const earlier = await readFile(file, 'utf8');
  const beside = server.command('secrets', 'rotate');
  assert.equal(beside.status, 1);
  assert.match(beside.stderr, /in use by the server/);
  await server.halt();
  const rotated = server.command('secrets', 'rotate', '--json');
  assert.equal(rotated.status, 0, rotated.stderr);
  const told = JSON.parse(rotated.stdout);
  assert.notEqual(told.key, told.earlier_key);
  assert.equal(await readFile(told.earlier_key_file, 'utf8'), earlier);
  const later = await readFile(file, 'utf8');
  assert.notEqual(later, earlier);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await copyFile(file, `${file}.kept`);
  await copyFile(told.earlier_key_file, file);
  assert.match(server.command('serve').stderr, /is not the one of this store/);
  await rename(`${file}.kept`, file);
  await server.start();
});

test('a copy says whether the key is inside, and without it is not served', async (context) => {
  const { server, file } = await started(context);
  const copies = await mkdtemp(path.join(tmpdir(), 'throughline-keys-'));
  context.after(() => rm(copies, { recursive: true, force: true }));
  const [whole, apart] = [path.join(copies, 'whole'), path.join(copies, 'apart')];

  const inside = server.command('backup', '--to', whole);
  assert.equal(inside.status, 0, inside.stderr);
  assert.match(inside.stdout, /key to its secrets is inside/);
  const key = await readFile(file, 'utf8');
  assert.equal(await readFile(path.join(whole, 'secrets.key'), 'utf8'), key);
  assert.equal((await stat(path.join(whole, 'secrets.key'))).mode & 0o777, 0o600);

  const without = server.command('backup', '--to', apart, '--without-key');
  assert.equal(without.status, 0, without.stderr);
  assert.match(without.stdout, /key to its secrets is not inside/);
  await assert.rejects(stat(path.join(apart, 'secrets.key')));
  const copy = spawnSync(process.env.THROUGHLINE, ['doctor', '--data', apart, '--json'], {
    encoding: 'utf8',
  });
  assert.equal(copy.status, 1);
  assert.match(copy.stdout, /is not there/);
});
