// kill -9 at any moment of loading and importing: reports end up as if nothing had happened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { apiKey, client, eventually, importFile, setUp } from '../lib/api.mjs';
import { counted, event, pause, rounds, seeded, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const env = {
  THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
  // Small segments, so that kills meet the change from one to the next.
  THROUGHLINE__JOURNAL__SEGMENT_MB: '1',
};

async function withServer(context) {
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  return { server, api, key: await apiKey(api) };
}

/** Sends until there is an answer, as a sender does whose connection broke. */
async function sendSurely(server, key, events) {
  return eventually(async () => {
    const answer = await sendEvents(server.url, key, events).catch(() => undefined);
    return answer?.status === 200 ? answer : undefined;
  });
}

/** Visits by three sources: landings, then pages and events of the same visitors. */
function batch(round) {
  const padding = 'x'.repeat(100);
  return Array.from({ length: 50 }, (_, number) => {
    const visitor = String((round * 17 + number) % 90).padStart(13, '0');
    const source = ['google', 'yandex', 'vk'][number % 3];
    const query = number % 5 === 0 ? `?utm_source=${source}&utm_medium=cpc&utm_campaign=kill` : '';
    const url = `https://optics.example/${number % 7}${query}`;
    const type = number % 4 === 3 ? 'event' : 'page_view';
    return event(`${round}-${number}`, { type, url, visitor, properties: { padding } });
  });
}

const TRAFFIC = ['events', 'page_views', 'visits', 'visitors', 'bounces'];

async function trafficReports(api) {
  const totals = await counted(api, TRAFFIC);
  return { totals, sources: await counted(api, TRAFFIC, ['source']) };
}

test('kill -9 while facts are loaded: reports equal those of an undisturbed run', async (context) => {
  const kills = rounds(30);
  const random = seeded(11);
  const killed = await withServer(context);
  const calm = await withServer(context);
  for (let round = 0; round < kills; round += 1) {
    await sendSurely(killed.server, killed.key, batch(round));
    await sendSurely(calm.server, calm.key, batch(round));
    // Sometimes right after the answer, sometimes in the midst of loading, sometimes after it.
    await pause(random() * 350);
    await killed.server.kill();
    await killed.server.start();
    await pause(random() * 40);
    await killed.server.kill();
    await killed.server.start();
    if (round % 3 === 0) await sendSurely(killed.server, killed.key, batch(round));
  }
  const expected = await eventually(async () => {
    const reports = await trafficReports(calm.api);
    const total = reports.totals.page_views + reports.totals.events;
    return total >= kills * 50 ? reports : undefined;
  });
  await eventually(async () => {
    const { totals } = await trafficReports(killed.api);
    return totals.page_views + totals.events >= kills * 50;
  });
  assert.deepEqual(await trafficReports(killed.api), expected);
  assert.ok(expected.totals.visits > 0 && Object.keys(expected.sources).length > 2);
});

/** The files of a round; the next round corrects some of their rows. */
function files(round) {
  const lines = (count, line) => Array.from({ length: count }, (_, at) => line(at)).join('\n');
  const date = (at) => `2026-11-${String((at % 20) + 1).padStart(2, '0')}`;
  return [
    [
      'costs',
      `costs-${round}.csv`,
      `Date;Campaign;Clicks;Cost\n${lines(60, (at) => `${date(at)};c${at % 4};${at};${at + round}`)}`,
      { source: 'google', medium: 'cpc', vat: 'included', currency: 'RUB' },
    ],
    [
      'leads',
      `leads-${round}.csv`,
      `Id;Date;Phone;Name\n${lines(60, (at) => `l${at + round * 5};${date(at)};+7495${String(at + round * 5).padStart(7, '0')};Lead`)}`,
      {},
    ],
    [
      'deals',
      `deals-${round}.csv`,
      `Id;Date;Status;Amount;Phone\n${lines(60, (at) => `d${at + round * 5};${date(at)};paid;${100 + at + round};+7495${String(at).padStart(7, '0')}`)}`,
      {},
    ],
  ];
}

async function moneyReports(api) {
  const question = {
    metrics: ['cost', 'leads', 'deals', 'sales', 'revenue'],
    dimensions: ['campaign'],
    period: { from: '2026-11-01', to: '2026-11-30' },
  };
  const report = await api.must('POST', '/reports/query', { body: question });
  return { rows: report.rows, totals: report.totals };
}

/** Undisturbed imports, each loaded before the next. */
async function importCalmly(context, steps) {
  const { api } = await withServer(context);
  for (const [kind, name, text, options] of steps) {
    const done = await importFile(api, kind, name, text, options);
    assert.equal(done.state, 'done', done.error);
    assert.equal(done.rows_rejected, 0, name);
  }
  return api;
}

async function equalReports(api, calm) {
  let last = '';
  const expected = await eventually(async () => {
    const now = JSON.stringify(await moneyReports(calm));
    const settled = now === last;
    last = now;
    await pause(300);
    return settled ? JSON.parse(now) : undefined;
  });
  const sum = expected.totals.map((cell) => Number(cell.value));
  assert.ok(sum.every((value) => value > 0), JSON.stringify(expected.totals));
  await eventually(async () => {
    const now = await moneyReports(api);
    return JSON.stringify(now) === last;
  }).catch(async () => assert.deepEqual(await moneyReports(api), expected));
}

test('kill -9 while files are imported over the API: each takes effect once', async (context) => {
  const steps = Array.from({ length: rounds(8) }, (_, round) => files(round)).flat();
  const random = seeded(12);
  const { server, api } = await withServer(context);
  for (const [kind, name, text, options] of steps) {
    const form = new FormData();
    form.set('kind', kind);
    form.set('file', new Blob([text]), name);
    const preview = await api.must('POST', '/imports/preview', { form });
    const body = { upload_id: preview.upload_id, kind, options: { ...preview.options, ...options } };
    const started = await api.must('POST', '/imports', { body });
    for (let kill = 0; kill < 2; kill += 1) {
      await pause(random() * 60);
      await server.kill();
      await server.start();
    }
    const done = await eventually(async () => {
      const now = await api.must('GET', `/imports/${started.id}`);
      return ['done', 'failed'].includes(now.state) ? now : undefined;
    });
    assert.equal(done.state, 'done', `${name}: ${done.error}`);
  }
  await equalReports(api, await importCalmly(context, steps));
});

test('kill -9 while files are imported on the command line: doing it again sets it right', async (context) => {
  const steps = Array.from({ length: rounds(5) }, (_, round) => files(round)).flat();
  const random = seeded(13);
  const { server, api } = await withServer(context);
  await server.kill();
  for (const [kind, name, text, options] of steps) {
    const file = path.join(server.folder, name);
    writeFileSync(file, text);
    const given = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    const words = ['import', kind, file, ...given];
    for (let kill = 0; kill < 2; kill += 1) {
      const run = server.background(...words);
      await pause(20 + random() * 150);
      run.process.kill('SIGKILL');
      await run.ended;
    }
    const done = server.command(...words);
    assert.equal(done.status, 0, `${name}: ${done.stderr}${done.stdout}`);
  }
  await server.start();
  await equalReports(api, await importCalmly(context, steps));
});
