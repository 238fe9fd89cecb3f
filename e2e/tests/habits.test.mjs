// What every installation counts on: it ends in an orderly way, lists go on, errors and pages carry
// their headers, and whoever is shut out is out.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let key;
const api = client(() => server.url);

before(async () => {
  server = await startServer();
  await setUp(api);
  key = await apiKey(api);
});
after(() => server.stop());

const signedIn = async (password = owner.password) => {
  const another = client(() => server.url);
  await another.must('POST', '/sessions', { body: { email: owner.email, password } });
  return another;
};
const statusOf = async (who, path = '/me', options = {}) => (await who.call('GET', path, options)).status;

test('asked to end, the server finishes the request it has begun and takes no other', async () => {
  const body = JSON.stringify({ events: [event('in the drain')] });
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${key.Authorization}\r\n` +
      'Content-Type: application/json\r\nExpect: 100-continue\r\n' +
      `Content-Length: ${body.length}\r\n\r\n`,
  );
  await eventually(() => answer.includes('100 Continue'));
  const halted = server.halt();
  await eventually(() => fetch(`${server.url}/healthz`).then(() => false, () => true));
  socket.write(body);
  await closed;
  assert.match(answer, /HTTP\/1\.1 200 OK[\s\S]*"stored"/);
  await halted;
  await server.start();
  await eventually(async () => (await counted(api, ['events'])).events === 1);
});

test('the live stream tells who is here and what they do, and is no one else\'s', async () => {
  assert.equal(await statusOf(client(() => server.url), '/live'), 401);
  const stop = new AbortController();
  const open = () =>
    fetch(`${server.url}/api/v1/live`, { headers: { Cookie: api.cookie }, signal: stop.signal });
  const readerOf = (stream) => stream.body.pipeThrough(new TextDecoderStream()).getReader();
  const stream = await open();
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  const until = async (reader, wanted) => {
    let text = '';
    while (!wanted.test(text)) text += (await reader.read()).value;
    return text.match(wanted);
  };
  const reader = readerOf(stream);
  const [, now] = await until(reader, /event: now\ndata: (.*)\n\n/);
  assert.deepEqual(Object.keys(JSON.parse(now)).sort(), [
    'countries', 'hits_per_minute', 'is_capped', 'minutes', 'pages', 'sources', 'visitors_lately', 'visitors_now',
  ]);
  await sendEvents(server.url, key, [event('live', { url: 'https://optics.example/fitting' })]);
  const fitting = /event: hits\ndata: (.*optics.example\/fitting.*)\n\n/;
  const [, hit] = await until(reader, fitting);
  const newest = (text) => JSON.parse(text).hits.at(-1);
  const { kind, page, bot } = newest(hit);
  assert.deepEqual([kind, page, bot], ['event', 'optics.example/fitting', false]);
  // Who opens the screen after it sees it too.
  const [, again] = await until(readerOf(await open()), fitting);
  assert.deepEqual(newest(again), newest(hit));
  stop.abort();
});

test('a list goes on from its cursor: every item once, in one order', async () => {
  for (let number = 0; number < 5; number += 1) {
    await api.must('POST', '/links', { body: { target: `https://optics.example/${number}` } });
  }
  const all = (await api.must('GET', '/links')).items.map(({ id }) => id);
  assert.equal(all.length, 5);
  const found = [];
  let cursor = '';
  do {
    const page = await api.must('GET', `/links?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.ok(page.items.length > 0 && page.items.length <= 2);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(found, all);
  const wrong = await api.call('GET', '/links?cursor=nonsense');
  assert.deepEqual([wrong.status, wrong.body.field], [400, 'cursor']);
  const behind = await api.call('POST', '/reports/rows', {
    body: { metric: 'visits', period: { from: '2026-03-01', to: '2026-03-02' }, metrics: ['visits'], cursor: 'x' },
  });
  assert.deepEqual(behind.body, wrong.body, 'the rows behind a number answer alike');
});

test('lists that grow come in pages', async () => {
  const { etag } = await api.must('GET', '/exchange-rates');
  const rate = { date: '2026-04-01', from: 'EUR', rate: '2' };
  await api.must('PUT', '/exchange-rates', {
    headers: { 'If-Match': etag },
    body: { items: ['PLN', 'RUB', 'USD'].map((to) => ({ ...rate, to })) },
  });
  for (const list of ['/exchange-rates', '/sessions', '/annotations?from=2020-01-01&to=2100-01-01']) {
    const address = `${list}${list.includes('?') ? '&' : '?'}limit=`;
    const whole = await api.must('GET', `${address}200`);
    assert.equal(whole.next_cursor, null, list);
    const told = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = await api.must('GET', `${address}1${cursor && `&cursor=${cursor}`}`);
      told.push(...page.items);
      cursor = page.next_cursor;
    }
    assert.deepEqual(told, whole.items, list);
    const astray = await api.call('GET', `${address}1&cursor=here`);
    assert.deepEqual([astray.status, astray.body.field], [400, 'cursor'], list);
  }
});

test('errors are problem documents, and pages carry their policy', async () => {
  for (const [path, status] of [['/links/99999', 404], ['/links?cursor=x', 400], ['/nothing', 404]]) {
    const { headers, body, status: found } = await api.call('GET', path);
    assert.equal(headers.get('content-type'), 'application/problem+json', path);
    assert.deepEqual([found, body.status], [status, status], path);
    assert.ok(body.title && body.code, path);
  }
  const page = await fetch(server.url);
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, /default-src '(self|none)'/);
  assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
});

test('the metrics count what came in and what was dropped', async () => {
  const numbers = async () => {
    const answer = await fetch(`${server.url}/metrics`);
    assert.match(answer.headers.get('content-type'), /^text\/plain/);
    const sum = (text, name) =>
      [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\d+)$`, 'gm'))].reduce(
        (total, [, value]) => total + Number(value),
        0,
      );
    const text = await answer.text();
    return ['stored', 'dropped'].map((what) => sum(text, `throughline_intake_${what}_total`));
  };
  const [stored, dropped] = await numbers();
  await sendEvents(server.url, key, [event('for the metrics'), event('for the metrics')]);
  await fetch(`${server.url}/p.gif?k=nobody`);
  const [storedNow, droppedNow] = await numbers();
  assert.equal(storedNow, stored + 1);
  assert.ok(droppedNow > dropped, `${droppedNow} dropped, ${dropped} before`);
});

test('a report is exported as the file that was asked for', async () => {
  const question = { metrics: ['events'], dimensions: ['channel'], period: { from: '2026-01-01', to: '2026-12-31' } };
  const { headers, body } = await api.call('POST', '/reports/export', { body: { ...question, format: 'csv' } });
  assert.match(headers.get('content-type'), /^text\/csv/);
  assert.match(headers.get('content-disposition'), /^attachment; filename="report_[-\w]+_by-visit-date_last-non-direct_RUB\.csv"$/);
  assert.match(body, /Events/);
  const printed = { ...question, format: 'pdf', title: 'Каналы' };
  const sheet = await api.call('POST', '/reports/export', { body: printed });
  assert.equal(sheet.headers.get('content-type'), 'application/pdf');
  assert.match(sheet.headers.get('content-disposition'), /_RUB\.pdf"$/);
  assert.match(String(sheet.body), /^%PDF-/);
  const refused = await api.call('POST', '/reports/export', { body: { ...printed, title: 'x'.repeat(201) } });
  assert.deepEqual([refused.status, refused.body.field], [422, 'title']);
});

test('an ended session and a revoked key open nothing', async () => {
  const other = await signedIn();
  assert.equal(await statusOf(other), 200);
  const { items } = await api.must('GET', '/sessions');
  const [ended] = items.filter(({ current }) => !current);
  await api.must('DELETE', `/sessions/${ended.id}`);
  assert.equal(await statusOf(other), 401);
  assert.equal(await statusOf(api), 200);

  const gone = await signedIn();
  await gone.must('DELETE', '/sessions/current');
  assert.equal(await statusOf(gone), 401);

  const made = await api.must('POST', '/api-keys', { body: { name: 'brief', scopes: ['all'] } });
  const headers = { Authorization: `Bearer ${made.secret}` };
  const send = async () => (await sendEvents(server.url, headers, [event('by a key')])).status;
  assert.equal(await send(), 200);
  await api.must('DELETE', `/api-keys/${made.id}`);
  assert.equal(await send(), 401);
});

test('a new password ends every other session, and only it signs in', async () => {
  const other = await signedIn();
  const wrong = { current: 'not the password', new: 'another long password' };
  const refused = await api.call('POST', '/me/password', { body: wrong });
  assert.deepEqual([refused.status, refused.body.field], [422, 'current']);
  assert.equal(await statusOf(other), 200);
  await api.must('POST', '/me/password', { body: { ...wrong, current: owner.password } });
  assert.equal(await statusOf(other), 401);
  assert.equal(await statusOf(api), 200);
  await assert.rejects(signedIn(), /401/);
  await signedIn(wrong.new);
});
