// Sealed back-ups: made beside a running server into a folder and a bucket, restored on a machine
// that has nothing but the key, and never taken for whole when they are not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { startS3 } from '../lib/s3.mjs';
import { past, sell } from '../lib/sales.mjs';
import { startServer } from '../lib/server.mjs';

const KEY = '5e'.repeat(32);
const SECRET = 'secret-of-the-bucket';

async function scratch(context) {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-sealed-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, 'place'));
  await writeFile(path.join(folder, 'key'), KEY);
  return folder;
}

async function shop(context, env) {
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const before = await sell(api);
  return { server, api, before, key: await apiKey(api) };
}

function told(done) {
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

test('a sealed back-up comes back on a machine that has nothing but the key', async (context) => {
  const folder = await scratch(context);
  const place = path.join(folder, 'place');
  const env = {
    THROUGHLINE__BACKUP__PLACE: place,
    THROUGHLINE__BACKUP__KEY_FILE: path.join(folder, 'key'),
  };
  const { server, before, key } = await shop(context, env);
  const first = told(server.command('backup', '--json'));
  assert.equal(first.key_inside, true);
  const second = told(server.command('backup', '--json'));
  assert.ok(second.sent_objects < first.sent_objects, JSON.stringify(second));
  const listed = told(server.command('backup', 'list', '--json'));
  assert.deepEqual(
    listed.sets.map((set) => set.name),
    [second.name],
    'of each hour the newest is kept',
  );
  assert.equal(second.removed_sets, 1);
  const read = told(server.command('backup', 'verify', '--restore', '--json'));
  assert.deepEqual([read.damage, read.restored.faults], [[], []]);

  const target = path.join(folder, 'restored');
  const words = ['restore', '--from', place, '--key-file', path.join(folder, 'key'), '--to', target];
  const bare = await startServer({});
  context.after(() => bare.stop());
  const planned = told(bare.command(...words, '--dry-run', '--json'));
  assert.equal(planned.name, second.name);
  assert.deepEqual(await readdir(folder), ['key', 'place']);
  const restored = told(bare.command(...words, '--json'));
  assert.ok(restored.facts > 0);
  const copy = await startServer({ folder: target });
  context.after(() => copy.halt());
  const copied = client(() => copy.url);
  const headers = key;
  const reader = { must: (method, at, options) => copied.must(method, at, { ...options, headers }) };
  const asked = await table(reader, past);
  assert.deepEqual([asked.rows, asked.totals], [before.rows, before.totals]);

  const again = bare.command(...words);
  assert.match(again.stderr, /not empty/);
  await writeFile(path.join(folder, 'other'), '1f'.repeat(32));
  const other = ['restore', '--from', place, '--key-file', path.join(folder, 'other')];
  const wrong = bare.command(...other, '--to', path.join(folder, 'none'));
  assert.match(wrong.stderr, /sealed with key [0-9a-f]{16}, and the key given is [0-9a-f]{16}/);
  const early = bare.command(...words.slice(0, -1), path.join(folder, 'none'), '--at', '2026-01-01');
  assert.match(early.stderr, /the oldest back-up is of/);
});

test('what is killed half-way is no back-up and no data folder', async (context) => {
  const folder = await scratch(context);
  const place = path.join(folder, 'place');
  const env = {
    THROUGHLINE__BACKUP__PLACE: place,
    THROUGHLINE__BACKUP__KEY: KEY,
  };
  const { server } = await shop(context, env);
  const broken = server.background('backup');
  await eventually(async () => (await readdir(place)).includes('pieces'));
  broken.process.kill('SIGKILL');
  await broken.ended;
  const made = told(server.command('backup', '--json'));
  const listed = told(server.command('backup', 'list', '--json'));
  assert.ok(listed.sets.length <= 2);
  assert.equal(listed.sets.at(-1).name, made.name);
  assert.deepEqual(told(server.command('backup', 'verify', '--json')).damage, []);

  const target = path.join(folder, 'half');
  await mkdir(path.join(target, 'journal'), { recursive: true });
  await writeFile(path.join(target, 'unfinished-restore'), '');
  const words = ['user', 'list', '--data', target];
  const half = spawnSync(process.env.THROUGHLINE, words, { encoding: 'utf8' });
  assert.match(half.stderr, /holds a restore that was interrupted/);

  const pieces = await readdir(path.join(place, 'pieces'));
  const spread = path.join(place, 'pieces', pieces[0]);
  await rm(path.join(spread, (await readdir(spread))[0]));
  const damaged = server.command('backup', 'verify', '--json');
  assert.equal(damaged.status, 1);
  assert.ok(JSON.parse(damaged.stdout).damage.length > 0);
});

test('a bucket keeps back-ups, and a server that is gone is told of in words', async (context) => {
  const s3 = await startS3({ accessKey: 'shop', secretKey: SECRET, bucket: 'backups' });
  let gone = false;
  context.after(() => gone || s3.stop());
  const folder = await scratch(context);
  const env = {
    THROUGHLINE__BACKUP__PLACE: 's3://backups/shop',
    THROUGHLINE__BACKUP__KEY: KEY,
    THROUGHLINE__BACKUP__S3_ENDPOINT: s3.endpoint,
    THROUGHLINE__BACKUP__S3_ACCESS_KEY: 'shop',
    THROUGHLINE__BACKUP__S3_SECRET_KEY: SECRET,
  };
  const { server } = await shop(context, env);
  const made = told(server.command('backup', '--json'));
  const target = path.join(folder, 'restored');
  const restored = told(server.command('restore', '--to', target, '--json'));
  assert.equal(restored.name, made.name);
  assert.ok(restored.facts > 0);
  const shown = server.command('config', 'print');
  assert.ok(!shown.stdout.includes(SECRET) && !shown.stdout.includes(KEY));
  await s3.stop();
  gone = true;
  const failed = server.command('backup');
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /s3:\/\/backups\/shop cannot be reached/);
  assert.ok(!failed.stderr.includes(SECRET) && !failed.stderr.includes('Signature'));
});

test('the server makes one by itself, restores it, and its reports are the same', async (context) => {
  const folder = await scratch(context);
  const env = {
    THROUGHLINE__BACKUP__PLACE: path.join(folder, 'place'),
    THROUGHLINE__BACKUP__KEY: KEY,
    THROUGHLINE__BACKUP__TEST_DAYS: '1',
  };
  const { server, api } = await shop(context, env);
  const target = 'https://www.optics.example/sale';
  await api.must('POST', '/links', { body: { name: 'Sale', slug: 'sale', target } });
  let stopped = false;
  const clicking = (async () => {
    while (!stopped) {
      const answer = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
      assert.ok([302, 429].includes(answer.status), `it answered ${answer.status}`);
    }
  })();
  const asked = await api.must('POST', '/backups');
  assert.equal(asked.running, true);
  const state = await eventually(async () => {
    const found = await api.must('GET', '/backups');
    return !found.running && found.proof && found;
  });
  stopped = true;
  await clicking;
  assert.deepEqual([state.late, state.failure, state.proof.faults], [false, null, []]);
  assert.equal(state.proof.name, state.newest.name);
  assert.ok(state.proof.facts > 0 && state.proof.reports === 2, JSON.stringify(state.proof));
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /\nthroughline_backup_broken 0\n/);
  assert.match(metrics, /\nthroughline_backup_failing 0\n/);
  const noted = await api.must('GET', '/audit?act=backup.asked');
  assert.equal(noted.items.length, 1);
  await server.crash();
  const known = await api.must('GET', '/backups');
  assert.deepEqual([known.newest, known.proof], [state.newest, state.proof]);
  await rm(path.join(folder, 'place'), { recursive: true });
  await api.must('POST', '/backups');
  const failed = await eventually(async () => {
    const found = await api.must('GET', '/backups');
    return found.failure;
  });
  assert.match(failed.why, /there is no such folder/);
});
