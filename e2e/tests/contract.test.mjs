// The document against the server, and the habits that every endpoint has.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
});
after(() => server.stop());

test('every documented address exists and refuses strangers', async () => {
  const document = await api.must('GET', '/openapi.json');
  assert.equal(document.openapi.slice(0, 3), '3.1');
  const stranger = client(() => server.url);
  const open = new Set(['GET /setup', 'POST /setup', 'POST /sessions']);
  let checked = 0;
  for (const [path, methods] of Object.entries(document.paths)) {
    const short = path.replace('/api/v1', '');
    for (const method of Object.keys(methods)) {
      if (!['get', 'post', 'put', 'patch', 'delete'].includes(method)) continue;
      const name = `${method.toUpperCase()} ${short}`;
      if (open.has(name)) continue;
      const answer = await stranger.call(method.toUpperCase(), short.replace(/\{[^}]+\}/g, '1'));
      assert.equal(answer.status, 401, name);
      assert.equal(answer.body.code, 'unauthenticated', name);
      checked += 1;
    }
  }
  assert.ok(checked > 30);
});

test('a lost update is refused', async () => {
  const link = await api.must('POST', '/links', { body: { target: 'https://optics.example/' } });
  const change = (etag, name) =>
    api.call('PATCH', `/links/${link.id}`, {
      headers: etag ? { 'If-Match': etag } : {},
      body: { target: link.target, name },
    });
  assert.equal((await change(undefined, 'a')).status, 428);
  assert.equal((await change(link.etag, 'b')).status, 200);
  assert.equal((await change(link.etag, 'c')).status, 412);
});

test('a write with a key is done once', async () => {
  const send = (name) =>
    api.call('POST', '/links', {
      headers: { 'Idempotency-Key': 'link-1' },
      body: { target: 'https://optics.example/once', name },
    });
  const first = await send('once');
  const again = await send('once');
  assert.equal(first.status, 201);
  assert.equal(again.status, 201);
  assert.equal(again.body.id, first.body.id);
  assert.equal((await send('other')).status, 409);
});

test('wrong input names its field', async () => {
  const answer = await api.call('POST', '/links', { body: { target: 'javascript:alert(1)' } });
  assert.equal(answer.status, 422);
  assert.equal(answer.body.field, 'target');
  const missing = await api.call('POST', '/links', { body: {} });
  assert.equal(missing.body.field, 'target');
  const metric = await api.call('POST', '/reports/query', {
    body: { metrics: ['nonsense'], period: { from: '2026-01-01', to: '2026-01-02' } },
  });
  assert.equal(metric.status, 422);
});

test('writes from another origin are refused', async () => {
  const answer = await api.call('POST', '/links', {
    headers: { Origin: 'https://evil.example' },
    body: { target: 'https://optics.example/' },
  });
  assert.equal(answer.status, 403);
});

test('signing in is throttled', async () => {
  const stranger = client(() => server.url);
  const attempt = () =>
    stranger.call('POST', '/sessions', { body: { email: 'x@y.example', password: 'wrong' } });
  for (let count = 0; count < 10; count += 1) assert.equal((await attempt()).status, 401);
  const refused = await attempt();
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
});
