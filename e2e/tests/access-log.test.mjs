// A web-server log beside the tracker: nothing counts twice unawares, and it can be taken back.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, setUp, table } from '../lib/api.mjs';
import { pause, rounds, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36';
const LINES = 40_000;
/** An import of so many lines is under way for so long. */
const IMPORT_MS = 3_000;

let server;
let key;
const api = client(() => server.url);

before(async () => {
  server = await startServer();
  await setUp(api);
  key = await apiKey(api);
});
after(() => server?.stop());

const siteOf = (domain) =>
  api.must('POST', '/sites', { body: { domain, consent_mode: 'cookie' } });

/** What a report of March says of a site. */
async function march(site) {
  const { rows, totals } = await table(api, {
    metrics: ['page_views', 'visits', 'bounce_rate', 'visitors'],
    dimensions: ['channel'],
    bucket: 'day',
    filters: [{ dimension: 'site', op: 'is', values: [String(site.id)] }],
    period: { from: '2026-03-01', to: '2026-03-31' },
  });
  return { rows, totals };
}

const views = async (site) => Number((await march(site)).totals.page_views);

const becomes = (site, expected) =>
  eventually(async () => JSON.stringify(await march(site)) === JSON.stringify(expected));

const line = (day, host, path, referrer = '-') =>
  `203.0.113.${host} - - [${day}/Mar/2026:12:00:00 +0300] "GET ${path} HTTP/1.1" 200 512 "${referrer}" "${AGENT}"`;

function logOf(name, lines) {
  const file = join(server.folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** A page view that a server tells later: it looks like a log's in all but where it came from. */
const told = (domain, at) => ({
  id: `${domain}-${at}`,
  type: 'page_view',
  url: `https://${domain}/`,
  visitor: '00000000000s1',
  at,
});

test('days that the tracker has seen are named before anything is stored, loaded or not', async () => {
  const site = await siteOf('seen.example');
  const log = logOf('seen.log', ['01', '02', '03', '05'].map((day) => line(day, 9, '/')));
  const words = ['import', 'access-log', log, '--site', 'seen.example'];
  // A crash at once leaves the hits in the journal, where the import has to look as well.
  const sent = await sendEvents(server.url, key, [
    told('seen.example', '2026-03-02T09:00:00Z'),
    told('seen.example', '2026-03-03T09:00:00Z'),
  ]);
  assert.deepEqual(sent.items, ['stored', 'stored']);
  await server.kill();
  const refused = server.command(...words);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /2 days of this log itself \(2026-03-02 to 2026-03-03\)/);
  assert.match(refused.stderr, /--skip-tracked .* --overlap/s);
  const looked = JSON.parse(server.command(...words, '--dry-run', '--json').stdout);
  assert.deepEqual(looked.tracked_days, ['2026-03-02', '2026-03-03']);
  await server.start();
  await eventually(async () => (await views(site)) === 2);
  assert.equal((await api.must('GET', '/imports?kind=access_log')).items.length, 0);

  const [skipped] = await server.offline([...words, '--skip-tracked', '--json']);
  const { new: brought, skipped: left } = JSON.parse(skipped);
  assert.deepEqual([brought, left], [2, { tracked: 2 }]);
  assert.equal(await views(site), 4);
  const [all] = await server.offline([...words, '--overlap', '--json']);
  assert.equal(JSON.parse(all).new, 2, 'lines of the first import are known');
  assert.equal(await views(site), 6);
});

test('a log whose pages are of another host is told so', async () => {
  await siteOf('ours.example');
  const asset = (host) => line('07', host, '/a.css', 'http://theirs.example/');
  const lines = Array.from({ length: 12 }, (_, index) => asset(index));
  const log = logOf('theirs.log', [...lines, line('07', 9, '/')]);
  const [printed] = await server.offline(
    ['import', 'access-log', log, '--site', 'ours.example', '--dry-run', '--json'],
  );
  const { warnings } = JSON.parse(printed);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /pages of this log are of theirs\.example/);
});

test('a log with its newest lines first is refused before anything is stored', async () => {
  await siteOf('turned.example');
  const log = logOf('turned.log', ['05', '03', '02', '01'].map((day) => line(day, 9, '/')));
  await server.halt();
  const refused = server.command('import', 'access-log', log, '--site', 'turned.example');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /newest lines first.*tac/s);
  await server.start();
});

test('a log is listed and taken back to what was before, the later one first', async () => {
  const site = await siteOf('undo.example');
  await sendEvents(server.url, key, [told('undo.example', '2026-03-02T09:00:00Z')]);
  await eventually(async () => (await views(site)) === 1);
  const before = await march(site);
  const search = 'https://www.google.com/';
  const lines = [line('05', 1, '/', search), line('05', 1, '/lenses'), line('06', 2, '/')];
  const words = (log) => ['import', 'access-log', log, '--site', 'undo.example', '--json'];
  const printed = await server.offline(
    words(logOf('first.log', lines)),
    words(logOf('second.log', [...lines, line('06', 3, '/')])),
  );
  const [first, second] = printed.map((text) => JSON.parse(text));
  assert.deepEqual([first.new, second.new, second.page_views], [3, 1, 4]);
  assert.equal(await views(site), 5);
  const listed = await api.must('GET', '/imports?kind=access_log&limit=2');
  const [newest] = listed.items;
  assert.deepEqual(
    [newest.id, newest.state, newest.rows_accepted, newest.rows_new, newest.can_undo],
    [second.id, 'done', 4, 1, true],
  );
  const early = await api.call('POST', `/imports/${first.id}/undo`);
  assert.deepEqual([early.status, early.body.code], [409, 'later_import']);
  await api.must('POST', `/imports/${second.id}/undo`);
  await api.must('POST', `/imports/${first.id}/undo`);
  // Whatever the crash interrupts, the undo is carried out.
  await server.crash();
  await becomes(site, before);
  const [, again] = await server.offline(['rebuild', '--json'], words(join(server.folder, 'first.log')));
  assert.equal(JSON.parse(again).new, 3, 'what was taken back counts when it comes again');
  await api.must('POST', `/imports/${JSON.parse(again).id}/undo`);
  await becomes(site, before);
  await server.offline(['rebuild', '--json']);
  assert.deepEqual(await march(site), before);
});

test('an import that is killed leaves nothing, whenever it is', async () => {
  const site = await siteOf('killed.example');
  await sendEvents(server.url, key, [told('killed.example', '2026-03-02T09:00:00Z')]);
  await eventually(async () => (await views(site)) === 1);
  const before = await march(site);
  const page = (index) => line('10', index % 200, `/${index}`);
  const log = logOf('killed.log', Array.from({ length: LINES }, (_, index) => page(index)));
  const words = ['import', 'access-log', log, '--site', 'killed.example', '--json'];
  const random = seeded(7);
  for (let round = 0; round < rounds(3); round += 1) {
    await server.halt();
    const importing = server.background(...words);
    await pause(random() * IMPORT_MS);
    importing.process.kill('SIGKILL');
    await importing.ended;
    await server.start();
    // One that was done before it could say so is whole, and is taken back by hand.
    const ended = await eventually(async () => {
      const [newest] = (await api.must('GET', '/imports?kind=access_log&limit=1')).items;
      return newest?.state !== 'running' && (newest ?? {});
    });
    if (ended.state === 'done') await api.must('POST', `/imports/${ended.id}/undo`);
    await becomes(site, before);
  }
  const [printed] = await server.offline(words);
  assert.equal(JSON.parse(printed).new, LINES);
  assert.equal(await views(site), LINES + 1);
  const { items } = await api.must('GET', '/imports?kind=access_log&limit=9');
  assert.ok(items.every((item) => ['done', 'undone', 'failed'].includes(item.state)));
});
