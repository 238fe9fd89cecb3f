// A week of traffic at speed: what the process holds after its second day it holds at the end.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { day, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const DAYS = 7;
const EVENTS_A_DAY = 70_000;
const BATCH = 1_000;
const DOORS_A_DAY = 150;
/** Two hundred bytes for each event of the days in between, which is what the ups and downs of two
 * allocators are. The tables of known visitors and events are full after the second day. */
const GROWTH_KB_MAX = 64 * 1024;
const FILES_MORE_MAX = 8;

let server;
let key;
let site;
const api = client(() => server.url);

before(async () => {
  server = await startServer({
    env: {
      THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
      THROUGHLINE__COLLECT__PER_IP_RATE: '0',
      THROUGHLINE__COLLECT__FORM_RATE: '0',
      THROUGHLINE__WAREHOUSE__MEMORY_MB: '128',
      THROUGHLINE__JOURNAL__SEGMENT_MB: '9',
      THROUGHLINE__LOG__LEVEL: 'error',
    },
  });
  site = await setUp(api);
  key = await apiKey(api);
  await api.must('POST', '/links', { body: { name: 'Sale', slug: 'sale', target: 'https://optics.example/' } });
});
after(() => server.stop());

const held = () => ({
  files: readdirSync(`/proc/${server.pid}/fd`).length,
  kilobytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]),
});

/** One day: visits with their tags, clicks, pixels, leads, and somebody who looks at reports. */
async function play(number, roll) {
  const at = Date.parse(`${day(number - DAYS)}T00:00:00Z`);
  for (let sent = 0; sent < EVENTS_A_DAY; sent += BATCH) {
    const events = Array.from({ length: BATCH }, (_, index) => ({
      id: `${number}-${sent + index}`,
      type: 'page_view',
      url: `https://optics.example/p${Math.floor(roll() * 50)}?utm_source=s${Math.floor(roll() * 9)}&utm_medium=cpc`,
      visitor: Math.floor(roll() * 2 ** 31).toString().padStart(13, '0'),
      at: new Date(at + Math.floor(roll() * 86_000_000)).toISOString(),
    }));
    const { status, items } = await sendEvents(server.url, key, events);
    assert.deepEqual([status, items.filter((each) => each !== 'stored').length], [200, 0]);
  }
  for (let door = 0; door < DOORS_A_DAY; door += 1) {
    const click = await fetch(`${server.url}/c/sale?gclid=${number}-${door}`, { redirect: 'manual' });
    assert.equal(click.status, 302);
    await click.arrayBuffer();
    await (await fetch(`${server.url}/p.gif?k=${site.key}&u=https://optics.example/`)).arrayBuffer();
  }
  for (let lead = 0; lead < 10; lead += 1) {
    const phone = `+4851234${String(number * 100 + lead).padStart(4, '0')}`;
    await api.must('POST', '/leads', { body: { name: `N ${lead}`, phone } });
  }
  await eventually(async () => (await viewsOf(number)) === EVENTS_A_DAY);
  for (let look = 0; look < 5; look += 1) {
    await table(api, {
      metrics: ['visits', 'leads'],
      dimensions: ['source', 'page'],
      period: { from: day(-DAYS), to: day(0) },
      include_bots: true,
    });
  }
}

async function viewsOf(number) {
  const on = day(number - DAYS);
  const question = { metrics: ['page_views'], period: { from: on, to: on, time_zone: 'UTC' }, include_bots: true };
  return Number((await table(api, question)).totals.page_views);
}

test('seven days hold no more memory and no more files than two', async (context) => {
  const roll = seeded(7);
  const days = [];
  for (let number = 0; number < DAYS; number += 1) {
    await play(number, roll);
    days.push(held());
  }
  context.diagnostic(JSON.stringify(days));
  const mean = (what, from) => (days.at(from)[what] + days.at(from + 1)[what]) / 2;
  const more = (what) => mean(what, -2) - mean(what, 1);
  assert.ok(more('kilobytes') <= GROWTH_KB_MAX, JSON.stringify(days));
  assert.ok(more('files') <= FILES_MORE_MAX, JSON.stringify(days));
});
