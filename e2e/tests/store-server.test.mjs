// A living installation moves its store to a PostgreSQL server and goes on there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, importFile, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const postgres = process.env.THROUGHLINE_TEST_POSTGRES;
const skip = postgres ? false : 'run it under xtask/with-postgres, which names a server';

const deals = [
  'Deal ID;Status;Created;Amount;Phone;Source',
  'D-1;paid;2026-10-05;8000;+48 512 345 601;google',
  'D-2;paid;2026-10-06;4000;+48 512 345 602;vk',
].join('\n');

const question = {
  metrics: ['leads', 'deals', 'sales', 'revenue'],
  dimensions: ['source'],
  period: { from: '2026-01-01', to: '2026-12-31' },
  date_basis: 'creation',
};

function lead(number) {
  return { name: 'Anna', phone: `+48 512 345 70${number}`, at: '2026-10-05T10:00:00Z' };
}

test('migrate moves everything to a server, and nothing is lost there by kill -9', { skip }, async (context) => {
  const env = {};
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const report = () => api.must('POST', '/reports/query', { body: question });
  const leads = async () => (await api.must('GET', '/leads')).items.length;
  const counted = (count) =>
    eventually(async () => {
      const answer = await report();
      const at = answer.columns.findIndex((column) => column.key === 'leads');
      return Number(answer.totals[at - 1]?.value) === count && answer;
    });
  const done = await importFile(api, 'deals', 'deals.csv', deals);
  assert.equal(done.state, 'done', JSON.stringify(done));
  await api.must('POST', '/leads', { body: lead(1), headers: key });
  const before = await counted(1);

  await server.halt();
  const wrong = server.command('migrate', '--to', 'mysql://127.0.0.1/none');
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /postgres/);
  const moved = server.command('migrate', '--to', postgres, '--json');
  assert.equal(moved.status, 0, moved.stderr);
  const told = JSON.parse(moved.stdout);
  const rows = Object.fromEntries(told.tables.map((table) => [table.table, table.rows]));
  assert.deepEqual([rows.leads, rows.deals, rows.workspaces], [1, 2, 1]);
  assert.ok(!moved.stdout.includes('password'));
  const left = server.command('serve');
  assert.notEqual(left.status, 0, 'the file that was left is not opened again');
  assert.match(left.stderr, /postgres/);

  env.THROUGHLINE_STORE_URL = postgres;
  await server.start();
  // The session, the key and every number came along.
  const after = await report();
  assert.deepEqual([after.rows, after.totals], [before.rows, before.totals]);
  await api.must('POST', '/leads', { body: lead(2), headers: key });
  await server.crash();
  assert.equal(await leads(), 2);
  await counted(2);
});
