// Everything leaves the house in files that any tool reads, whole or not at all, without secrets.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
const deals = [
  'Deal ID;Status;Created;Amount;Title',
  'D-1;paid;2026-10-05;8000;=1+1',
  'D-2;new;2026-10-06;50;"two; lines"',
].join('\n');
let server;
let key;

before(async () => {
  server = await startServer();
  await setUp(api);
  key = await apiKey(api);
  const sent = await sendEvents(server.url, key, ['e-1', 'e-2', 'e-3'].map((id) => event(id)));
  assert.deepEqual(sent.items, ['stored', 'stored', 'stored']);
  assert.equal((await importFile(api, 'deals', 'deals.csv', deals)).state, 'done');
  await eventually(async () => (await counted(api, ['events'])).events === 3);
  await server.halt();
});
after(() => server?.stop());

const under = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? under(path) : [path];
  });

test('an export holds facts and records, and says what they are', async () => {
  const out = join(server.folder, '..', `export-${process.pid}`);
  const done = server.command('export', '--out', out, '--json');
  assert.equal(done.status, 0, done.stderr);
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  assert.deepEqual(JSON.parse(done.stdout).files, manifest.files.length);
  for (const file of manifest.files) {
    const bytes = readFileSync(join(out, file.path));
    assert.equal(bytes.length, file.bytes, file.path);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256, file.path);
    if (file.path.endsWith('.parquet')) {
      assert.equal(bytes.subarray(0, 4).toString(), 'PAR1', file.path);
      assert.equal(bytes.subarray(-4).toString(), 'PAR1', file.path);
    } else if (file.path.endsWith('.jsonl')) {
      const lines = bytes.toString('utf8').split('\n').filter(Boolean);
      assert.equal(lines.length, file.rows, file.path);
      const known = manifest.store[file.table].columns.map(({ name }) => name).sort();
      for (const line of lines) assert.deepEqual(Object.keys(JSON.parse(line)).sort(), known);
    }
  }
  const listed = manifest.files.map(({ path }) => path).concat('manifest.json', 'SHA256SUMS');
  assert.deepEqual(under(out).map((path) => path.slice(out.length + 1)).sort(), listed.sort());
  const rows = (of) =>
    manifest.files
      .filter(({ path, table }) => table === of && !path.endsWith('.csv'))
      .reduce((sum, file) => sum + file.rows, 0);
  assert.equal(rows('hits'), 3);
  assert.equal(rows('deals'), 2);
  const store = (name) => readFileSync(join(out, 'workspace-1', 'store', name), 'utf8');
  const titles = store('deals.jsonl').trim().split('\n').map((line) => JSON.parse(line).title);
  assert.deepEqual(titles, ['=1+1', 'two; lines']);
  assert.match(store('deals.csv'), /,'=1\+1,/);
  assert.equal(statSync(out).mode & 0o077, 0, 'nobody else reads it');

  const everything = under(out).map((path) => readFileSync(path).toString('latin1')).join('\n');
  assert.ok(everything.includes(owner.email));
  const secret = key.Authorization.slice('Bearer '.length);
  for (const word of [secret, '$argon2', owner.password]) assert.ok(!everything.includes(word), word);
  assert.ok(manifest.left_out.sessions && manifest.left_out.secrets);
  const log = store('audit_entries.jsonl').trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(log.at(-1).act, 'data.exported');

  const again = server.command('export', '--out', out);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is there already/);
});

test('days and workspaces are chosen, and what was killed is made anew', async () => {
  const out = join(server.folder, '..', `export-part-${process.pid}`);
  const child = server.background('export', '--out', out);
  await eventually(() => existsSync(`${out}.part`) || existsSync(out));
  child.process.kill('SIGKILL');
  await child.ended;
  // Unless it was faster than the kill, nothing has its name.
  const name = existsSync(out) ? `${out}-2` : out;
  const past = ['--from', '2020-01-01', '--to', '2020-01-31', '--workspace', '1'];
  const done = server.command('export', '--out', name, ...past);
  assert.equal(done.status, 0, done.stderr);
  assert.ok(!existsSync(`${name}.part`) && !existsSync(join(name, 'unfinished-export')));
  const manifest = JSON.parse(readFileSync(join(name, 'manifest.json'), 'utf8'));
  assert.deepEqual([manifest.facts_from, manifest.facts_to], ['2020-01-01', '2020-01-31']);
  assert.ok(manifest.files.every(({ table }) => table !== 'hits'), 'nothing happened then');
  assert.ok(manifest.files.some(({ table, rows }) => table === 'deals' && rows === 2));
  for (const words of [['--from', 'monday'], ['--workspace', '9'], ['--from', '2026-02-01', '--to', '2026-01-01']]) {
    const refused = server.command('export', '--out', `${name}-3`, ...words);
    assert.equal(refused.status, 1, words.join(' '));
    assert.ok(!existsSync(`${name}-3`));
  }
});
