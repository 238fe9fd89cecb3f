// A copy made beside a running server is whole: served, it gives the same reports and goes on.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { counted } from '../lib/facts.mjs';
import { past, sell } from '../lib/sales.mjs';
import { startServer } from '../lib/server.mjs';

/** Does something again and again; answers how often it has worked, and ends it. */
function flow(context, work) {
  const state = { done: 0, stopped: false };
  const ended = (async () => {
    while (!state.stopped) {
      await work(state.done);
      state.done += 1;
    }
  })();
  const stop = () => {
    state.stopped = true;
    return ended;
  };
  // A test that fails elsewhere is not kept alive by it.
  context.after(() => stop().catch(() => {}));
  return { done: () => state.done, stop };
}

test('a copy made while clicks and leads flow gives the same reports and goes on', async (context) => {
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_IP_RATE: '5000' } });
  context.after(() => server.stop());
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-copy-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const target = 'https://www.optics.example/sale';
  await api.must('POST', '/links', { body: { name: 'Sale', slug: 'sale', target } });
  const before = await sell(api);

  const click = async () => {
    const answer = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
    assert.equal(answer.status, 302);
  };
  const send = (to, number) =>
    to.must('POST', '/leads', {
      body: { name: 'Anna', phone: `+48 512 ${100_000 + number}` },
      headers: key,
    });
  await eventually(async () => {
    await click();
    return (await counted(api, ['clicks'])).clicks > 0;
  });
  const clicks = flow(context, click);
  const leads = flow(context, (number) => send(api, number));
  await eventually(() => clicks.done() > 20 && leads.done() > 20);
  const least = clicks.done();
  const backup = server.background('backup', '--to', folder, '--json');
  const code = await backup.ended;
  await clicks.stop();
  await leads.stop();
  assert.equal(code, 0, backup.printed());
  const told = JSON.parse(backup.printed());
  assert.equal(told.unknown_entries, 0);
  assert.ok(told.facts > least, backup.printed());

  const copy = await startServer({ folder });
  context.after(() => copy.halt());
  const copied = client(() => copy.url);
  const reader = { must: (method, at, options) => copied.must(method, at, { ...options, headers: key }) };
  const asked = await table(reader, past);
  assert.deepEqual([asked.rows, asked.totals], [before.rows, before.totals]);
  const inCopy = await counted(reader, ['clicks', 'leads']);
  assert.ok(inCopy.clicks >= least, `${inCopy.clicks} of ${least}`);
  const listed = async () => {
    const names = [];
    let cursor = '';
    do {
      const page = await reader.must('GET', `/leads?limit=100${cursor}`);
      names.push(...page.items);
      cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : '';
    } while (cursor);
    return names.length;
  };
  assert.ok(inCopy.leads > 20);
  // Also a request that was stored and not come to becomes a lead, so that there may be one more.
  const whole = async () => (await counted(reader, ['leads'])).leads === (await listed());
  await eventually(whole);
  const leadsInCopy = await listed();
  await send(copied, 900_000);
  await eventually(async () => (await listed()) > leadsInCopy && (await whole()));

  const again = server.command('backup', '--to', folder);
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /not empty/);
  const here = await readdir(server.folder);
  assert.ok(here.includes('warehouse.duckdb'), 'the folder that was copied stays as it was');
});
