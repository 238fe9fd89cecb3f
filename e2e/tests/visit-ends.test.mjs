// What ends a visit early is a site's own choice: it holds at the doors and for web-server logs,
// and the reports count by it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let key;
const api = client(() => server.url);
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36';

before(async () => {
  server = await startServer();
  await setUp(api);
  key = await apiKey(api);
});
after(() => server?.stop());

async function siteWith(domain, options) {
  return api.must('POST', '/sites', { body: { domain, consent_mode: 'cookie', ...options } });
}

/** Visits of the site on the two days around a midnight in Moscow, once all page views are in. */
async function visits(site, views) {
  const on = async (day) => {
    const { totals } = await table(api, {
      metrics: ['visits', 'page_views'],
      filters: [{ dimension: 'site', op: 'is', values: [String(site.id)] }],
      period: { from: day, to: day },
    });
    return totals;
  };
  return eventually(async () => {
    const days = [await on('2026-03-02'), await on('2026-03-03')];
    const seen = days.reduce((sum, { page_views: count }) => sum + Number(count), 0);
    return seen === views && days.map((day) => Number(day.visits));
  });
}

function pageView(id, domain, path, at, visitor) {
  return { id, type: 'page_view', url: `https://${domain}${path}`, visitor, at };
}

const both = { on_campaign_change: 'new_visit', at_midnight: 'new_visit' };

test('a site says whether another campaign and midnight open a visit', async () => {
  const plain = await siteWith('plain.example');
  const early = await siteWith('early.example', both);
  assert.deepEqual([plain.on_campaign_change, plain.at_midnight], ['same_visit', 'same_visit']);
  // 21:00 UTC is midnight in Moscow, the workspace's zone.
  const walk = (domain, visitor) => [
    pageView(`${domain}-1`, domain, '/?utm_source=google&utm_medium=cpc', '2026-03-02T20:40:00Z', visitor),
    pageView(`${domain}-2`, domain, '/?utm_source=vk&utm_medium=cpc', '2026-03-02T20:50:00Z', visitor),
    pageView(`${domain}-3`, domain, '/lenses', '2026-03-02T20:59:59Z', visitor),
    pageView(`${domain}-4`, domain, '/thanks', '2026-03-02T21:00:00Z', visitor),
  ];
  await sendEvents(server.url, key, walk('plain.example', '00000000000p1'));
  await sendEvents(server.url, key, walk('early.example', '00000000000e1'));
  assert.deepEqual(await visits(plain, 4), [1, 0]);
  assert.deepEqual(await visits(early, 4), [2, 1]);
});

test('the choice holds from the moment it is made, and a wrong word names its field', async () => {
  const site = await siteWith('later.example');
  const change = (body) =>
    api.call('PATCH', `/sites/${site.id}`, { body, headers: { 'If-Match': site.etag } });
  const wrong = await change({ at_midnight: 'yes' });
  assert.deepEqual([wrong.status, wrong.body.field], [422, 'at_midnight']);
  const changed = await change({ at_midnight: 'new_visit' });
  assert.deepEqual(
    [changed.body.at_midnight, changed.body.on_campaign_change],
    ['new_visit', 'same_visit'],
  );
  await sendEvents(server.url, key, [
    pageView('later-1', 'later.example', '/', '2026-03-02T20:59:00Z', '00000000000q1'),
    pageView('later-2', 'later.example', '/a', '2026-03-02T21:01:00Z', '00000000000q1'),
  ]);
  assert.deepEqual(await visits(site, 2), [1, 1]);
});

test('a web-server log is cut into visits as its site says', async () => {
  const site = await siteWith('logged.example', both);
  const line = (time, path) =>
    `203.0.113.9 - - [${time} +0300] "GET ${path} HTTP/1.1" 200 512 "-" "${AGENT}"`;
  const log = join(server.folder, 'access.log');
  writeFileSync(
    log,
    [
      line('02/Mar/2026:23:40:00', '/?utm_source=google&utm_medium=cpc'),
      line('02/Mar/2026:23:50:00', '/?utm_source=vk&utm_medium=cpc'),
      line('03/Mar/2026:00:00:01', '/lenses'),
      '',
    ].join('\n'),
  );
  await server.offline(['import', 'access-log', log, '--site', 'logged.example']);
  assert.deepEqual(await visits(site, 3), [2, 1]);
});
