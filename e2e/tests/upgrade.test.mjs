// A data folder of an earlier version opens in this one, with the same reports, behind a copy of its
// store.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
const METRICS = 'clicks,visits,leads,deals,sales,revenue,cost';

function run(folder, ...words) {
  const options = { encoding: 'utf8', maxBuffer: 16 << 20 };
  const done = spawnSync(process.env.THROUGHLINE, [...words, '--data', folder], options);
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

async function unpack(context, name) {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-earlier-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const packed = path.join(fixtures, `${name}.tar.zst`);
  const done = spawnSync('tar', ['--extract', '--zstd', '--file', packed, '--directory', folder]);
  assert.equal(done.status, 0, String(done.stderr));
  return folder;
}

/** The version of the store's tables, which is in the file's header. */
async function schema(folder) {
  return (await readFile(path.join(folder, 'store.sqlite'))).readUInt32BE(60);
}

function ask(folder, { from, to }, ...words) {
  const days = ['--from', from, '--to', to, '--metrics', METRICS];
  const told = JSON.parse(run(folder, 'report', '--json', ...days, ...words));
  return { rows: told.rows, totals: told.totals };
}

/** What a report says: that a later version has more fields is no difference. */
function numbers({ rows, totals }) {
  const cells = (list) => list.map((cell) => cell.value);
  const named = rows.map((row) => [row.bucket, ...row.dimensions.map((each) => each.value)]);
  return { named, rows: rows.map((row) => cells(row.cells)), totals: cells(totals) };
}

const names = (await readdir(fixtures))
  .filter((name) => name.endsWith('.tar.zst'))
  .map((name) => name.replace('.tar.zst', ''));
assert.ok(names.length > 0);

for (const name of names) {
  test(`${name} opens with the same reports, and again when it is made anew`, async (context) => {
    const folder = await unpack(context, name);
    const before = await schema(folder);
    const noted = JSON.parse(await readFile(path.join(fixtures, `${name}.json`), 'utf8'));
    const check = () => {
      const source = ask(folder, noted, '--by', 'source');
      assert.deepEqual(numbers(source), numbers(noted.source));
      const month = ask(folder, noted, '--by', '', '--bucket', 'month');
      assert.deepEqual(numbers(month), numbers(noted.month));
    };
    check();
    const kept = await readdir(path.join(folder, 'backup')).catch(() => []);
    const copies = kept.filter((file) => file.startsWith('store-before-upgrade-'));
    const isUpgraded = (await schema(folder)) > before;
    assert.equal(copies.length, isUpgraded ? 1 : 0, kept.join());
    assert.ok(copies.every((file) => file.endsWith(`-v${before}.sqlite`)));
    run(folder, 'rebuild');
    check();
  });
}
