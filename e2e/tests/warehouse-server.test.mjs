// A living installation moves its facts to a ClickHouse server and goes on there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { apiKey, client, eventually, importFile, setUp } from '../lib/api.mjs';
import { clickHouse, withoutClickHouse } from '../lib/clickhouse.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const deals = [
  'Deal ID;Status;Created;Amount;Phone;Source',
  'D-1;paid;2026-10-05;8000;+48 512 345 601;google',
  'D-2;paid;2026-10-06;4000;+48 512 345 602;vk',
].join('\n');

const question = (knownOn) => ({
  metrics: ['events', 'leads', 'deals', 'sales', 'revenue', 'visits'],
  dimensions: ['channel', 'source'],
  period: { from: '2026-01-01', to: '2027-12-31' },
  date_basis: 'creation',
  ...(knownOn ? { as_known_on: knownOn } : {}),
});

test('migrate --warehouse moves every fact, and reports are the same, also those of a past moment', { skip: withoutClickHouse }, async (context) => {
  const facts = await clickHouse();
  context.after(() => facts.remove());
  await facts.start();
  const env = {};
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const tables = async (knownOn) => {
    const { rows, totals } = await api.must('POST', '/reports/query', { body: question(knownOn) });
    return { rows, totals };
  };
  const sent = await sendEvents(server.url, key, ['a', 'b'].map((id) => event(id)));
  assert.equal(sent.status, 200);
  const done = await importFile(api, 'deals', 'deals.csv', deals);
  assert.equal(done.state, 'done', JSON.stringify(done));
  await eventually(async () => (await counted(api, ['events'])).events === 2);
  await eventually(async () => (await tables()).totals[2].value === '2');
  // Everything that was labelled before is known under other names from here on.
  const moment = new Date().toISOString();
  const { version } = await api.must('GET', '/channel-rules');
  await api.must('PUT', '/channel-rules', {
    body: { rules: [], note: 'none' },
    headers: { 'If-Match': `"${version}"` },
  });
  const before = [await tables(), await tables(moment)];

  await server.halt();
  const file = () => readFileSync(path.join(server.folder, 'warehouse.duckdb'));
  const was = file();
  const both = server.command('migrate', '--warehouse', facts.url, '--to', 'postgres://127.0.0.1/none');
  assert.notEqual(both.status, 0, 'one at a time');
  const url = facts.url.replace('http://', 'http://default:@');
  const moved = server.command('migrate', '--warehouse', url, '--json');
  assert.equal(moved.status, 0, moved.stderr);
  const told = JSON.parse(moved.stdout);
  const rows = Object.fromEntries(told.tables.map((one) => [one.table, one.rows]));
  assert.equal(told.to, facts.url);
  assert.equal(rows.hits, 2);
  assert.ok(rows.past_labels > 0 && rows.outcomes > 0 && rows.hits_daily > 0, moved.stdout);
  assert.ok(was.equals(file()), 'the file stays as it was');
  const again = server.command('migrate', '--warehouse', facts.url);
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /holds facts already/);

  env.THROUGHLINE_WAREHOUSE_URL = facts.url;
  await server.start();
  assert.deepEqual([await tables(), await tables(moment)], before);
  await sendEvents(server.url, key, ['b', 'c'].map((id) => event(id)));
  await eventually(async () => (await counted(api, ['events'])).events === 3);

  // What is too old is looked for and let go of there too; nothing of today is.
  const days = { requests: null, rejected_rows: null, contacts: null, visits: 30, audit_log: null };
  const loss = await api.must('POST', '/privacy/retention/preview', { body: days });
  assert.deepEqual(loss.classes, [{ class: 'visits', rows: 0, oldest: null }]);
  const { etag } = await api.must('GET', '/privacy/retention');
  await api.must('PUT', '/privacy/retention', { body: days, headers: { 'If-Match': etag } });
  await server.halt();
  const applied = server.command('retention', '--apply', '--json');
  assert.equal(applied.status, 0, applied.stderr);
  assert.deepEqual(JSON.parse(applied.stdout).gone, { visits: 0 });
  await server.start();
  assert.equal((await counted(api, ['events'])).events, 3);
});
