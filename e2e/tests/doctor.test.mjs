// What doctor can mend it says before and after, and of a folder of an earlier version it tells what
// its upgrade brings along, without touching it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { client, setUp } from '../lib/api.mjs';
import { commandOn, startServer } from '../lib/server.mjs';

let server;

before(async () => {
  server = await startServer();
  await setUp(client(() => server.url));
});
after(() => server?.stop());

const told = (done) => JSON.parse(done.stdout).map(({ what, verdict }) => `${verdict} ${what}`);

test('a running server is left alone, and what is broken off or open is mended once', async () => {
  const key = join(server.folder, 'secrets.key');
  const left = join(server.folder, 'backup', 'store.part-1');
  mkdirSync(join(server.folder, 'backup'), { recursive: true });
  writeFileSync(left, 'half');
  chmodSync(key, 0o644);
  const busy = server.command('doctor', '--fix', '--json');
  assert.ok(told(busy).includes('look data folder'), busy.stdout);
  assert.ok(existsSync(left));
  await server.halt();

  const looked = server.command('doctor', '--json');
  assert.equal(looked.status, 0, looked.stdout);
  assert.ok(told(looked).includes('look permissions') && told(looked).includes('look leftovers'));
  const tried = server.command('doctor', '--fix', '--dry-run', '--json');
  assert.ok(told(tried).includes('would mend permissions'), tried.stdout);
  assert.equal(statSync(key).mode & 0o777, 0o644);
  assert.ok(existsSync(left));

  const done = server.command('doctor', '--fix');
  assert.equal(done.status, 0, done.stdout);
  assert.match(done.stdout, /mended +permissions +.*secrets\.key is open to others \(644\); it is its owner's alone/);
  assert.match(done.stdout, /mended +leftovers +.*store\.part-1 was left by work that broke off; it is gone now/);
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.ok(!existsSync(left));
  const again = server.command('doctor', '--fix', '--json');
  assert.ok(told(again).includes('fine mending'), again.stdout);
  const alone = server.command('doctor', '--dry-run');
  assert.equal(alone.status, 2);
});

test('a folder of an earlier version is told of and not touched', (context) => {
  const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'throughline-earlier-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const packed = join(fixtures, 'earlier-v31.tar.zst');
  const done = spawnSync('tar', ['--extract', '--zstd', '--file', packed, '--directory', folder]);
  assert.equal(done.status, 0, String(done.stderr));
  const store = join(folder, 'store.sqlite');
  const before = [readFileSync(store).toString('base64'), readdirSync(folder).sort().join()];
  const doctor = commandOn(folder, ['doctor']);
  assert.equal(doctor.status, 0, doctor.stdout);
  assert.match(doctor.stdout, /look +upgrade +.*tables of version 31/);
  assert.match(doctor.stdout, /store 36: .*node adopt/);
  assert.doesNotMatch(doctor.stdout, /store 27:/, 'that is behind it already');
  const kept = [readFileSync(store).toString('base64'), readdirSync(folder).sort().join()];
  assert.deepEqual(kept, before);
  const mended = commandOn(folder, ['doctor', '--fix']);
  assert.equal(mended.status, 0, mended.stdout);
  assert.match(mended.stdout, /fine +store/);
  const afterwards = commandOn(folder, ['doctor']);
  assert.equal(afterwards.status, 0, afterwards.stdout);
  assert.doesNotMatch(afterwards.stdout, /upgrade/);
});
