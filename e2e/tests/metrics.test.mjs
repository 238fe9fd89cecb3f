// The page of metrics: what the documentation lists, counted, in an order that stays.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { client, eventually, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

/** What a name ends in: the unit, or that it counts. */
const ENDS = {
  counter: /_total$/,
  gauge: /_(bytes|entries|facts|seconds|failing|away|held|info)$/,
  histogram: /_seconds$/,
};

let server;
let api;
before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
});
after(() => server.stop());

async function page() {
  const answer = await fetch(`${server.url}/metrics`);
  assert.equal(answer.status, 200);
  return answer.text();
}

/** The value of the line with this name and these labels. */
function valueOf(text, name) {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is not on the page`);
  return Number(line.slice(name.length + 1));
}

test('every documented metric is there, and every metric is documented', async () => {
  const text = await page();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
  const guide = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  const rows = guide.split('\n').filter((line) => line.startsWith('| `throughline_'));
  const listed = rows.flatMap((row) => row.split('|')[1].match(/throughline_\w+/g));
  // Back-ups are measured where some are made.
  const documented = listed.filter((name) => !name.startsWith('throughline_backup_'));
  const names = types.map(({ name }) => name);
  assert.deepEqual(names, [...documented].sort());
  for (const { name, type } of types) {
    assert.match(text, new RegExp(`^# HELP ${name} .+\\.$`, 'm'));
    assert.match(name, ENDS[type], type);
  }
});

test('the page keeps its order', async () => {
  const shape = (text) => text.split('\n').map((line) => line.replace(/(?<=^[^#]\S*) .*/, ''));
  const first = shape(await page());
  assert.deepEqual(shape(await page()), first);
  const lines = first.filter((line) => line !== '');
  assert.equal(new Set(lines).size, lines.length);
});

test('a click is counted on its way from the door to the reports', async () => {
  const before = await page();
  const click = await fetch(`${server.url}/c/no-such-link`, { redirect: 'manual' });
  const unknown = 'throughline_intake_dropped_total{reason="unknown_link"}';
  assert.ok(click.status < 500);
  await api.must('POST', '/links', {
    body: { name: 'Autumn', slug: 'autumn', target: 'https://optics.example/' },
  });
  const followed = await fetch(`${server.url}/c/autumn`, { redirect: 'manual' });
  assert.ok(followed.headers.get('location')?.startsWith('https://optics.example/'));

  const stored = 'throughline_intake_stored_total{kind="click"}';
  const after = await eventually(async () => {
    const text = await page();
    const isLoaded = valueOf(text, 'throughline_load_lag_facts') === 0;
    return isLoaded && valueOf(text, stored) === 1 ? text : undefined;
  });
  const grown = (name) => valueOf(after, name) - valueOf(before, name);
  assert.ok(grown(unknown) >= 1);
  assert.equal(grown(stored), 1);
  assert.ok(grown('throughline_http_requests_total{route="click",status="3xx"}') >= 1);
  assert.ok(grown('throughline_http_requests_total{route="operator",status="2xx"}') >= 1);
  for (const name of [
    'throughline_http_request_seconds_count{route="click"}',
    'throughline_journal_entries_total',
    'throughline_journal_groups_total',
    'throughline_journal_sync_seconds_count',
    'throughline_load_batch_seconds_count',
    'throughline_loaded_facts_total',
  ]) {
    assert.ok(grown(name) >= 1, `${name} has not grown`);
  }
  assert.ok(valueOf(after, 'throughline_disk_free_bytes') > 0);
  for (const name of ['failing', 'waiting_entries', 'waiting_bytes']) {
    assert.equal(valueOf(after, `throughline_journal_${name}`), 0);
  }
  assert.equal(valueOf(after, 'throughline_load_lag_seconds'), 0);
});
