// What goes over the wire at the public doors, byte by byte: sizes, codings and refusals.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { apiKey, client, setUp } from '../lib/api.mjs';
import { mismatches } from '../lib/schema.mjs';
import { startServer } from '../lib/server.mjs';

const TRACKER_BYTES_MAX = 2_048;

let server;
let site;
const api = client(() => server.url);

before(async () => {
  server = await startServer();
  site = await setUp(api);
});
after(() => server.stop());

/** Status, headers and the body as it was sent: nothing is unpacked. */
function get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const asked = http.get(`${server.url}${path}`, { headers }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    asked.on('error', reject);
  });
}

test('a visitor pays at most 2 KiB for the tracker', async () => {
  const plain = await get(site.script_path);
  const packed = await get(site.script_path, { 'Accept-Encoding': 'gzip, deflate, br' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers.vary, 'accept-encoding');
  assert.ok(packed.body.length <= TRACKER_BYTES_MAX, `${packed.body.length} bytes`);
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.deepEqual((await get(`/t.js?k=${site.public_key}`)).body, plain.body);
});

test('a body over the limit is refused in words that the page may read, and counted', async () => {
  const origin = 'https://optics.example';
  const send = (path, bytes) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers: { Origin: origin }, body: 'x'.repeat(bytes) });
  const event = await send(site.events_path, 70_000);
  assert.equal(event.status, 413);
  assert.equal(event.headers.get('content-type'), 'application/problem+json');
  assert.equal(event.headers.get('access-control-allow-origin'), origin);
  assert.equal(event.headers.get('access-control-allow-credentials'), 'true');
  const problem = await event.json();
  assert.deepEqual([problem.code, problem.detail], ['too_large', 'the body may have at most 65536 bytes']);
  const batch = await send('/api/v1/events', 600_000);
  assert.deepEqual([batch.status, (await batch.json()).code], [413, 'too_large']);
  const { dropped } = await api.must('GET', `/sites/${site.id}/status`);
  assert.deepEqual(dropped, [{ reason: 'too_large', count: 1 }]);
  const { body } = await get('/metrics');
  assert.match(String(body), /^throughline_intake_dropped_total\{reason="too_large"\} 2$/m);
});

test('the door for events refuses as every endpoint does, and names what to mend', async () => {
  const key = await apiKey(api, ['events']);
  const send = (body, headers = key) => api.call('POST', '/events', { headers, body });
  const document = await api.must('GET', '/openapi.json');
  const checkProblem = (answer, status, code, field) => {
    assert.equal(answer.status, status);
    assert.deepEqual([answer.body.code, answer.body.field], [code, field]);
    const schema = { $ref: '#/components/schemas/Problem' };
    assert.deepEqual(mismatches(document, schema, answer.body), []);
  };
  checkProblem(await send({ events: [] }, {}), 401, 'unauthenticated', undefined);
  checkProblem(await send({}), 400, 'bad_json', 'events');
  checkProblem(await send({ events: Array(1_001).fill({}) }), 413, 'too_large', 'events');
  const page = { type: 'page_view', url: 'https://optics.example/' };
  const wrong = [
    [{ ...page, url: 'optics' }, 'bad_url', 'url'],
    [{ ...page, url: 'https://other.example/', site: 'optics.example' }, 'host_not_allowed', 'url'],
    [{ ...page, site: 'nothing.example' }, 'unknown_site', 'site'],
    [{ ...page, at: 'yesterday' }, 'bad_time', 'at'],
    [{ ...page, ip: '1.2.3' }, 'bad_field', 'ip'],
    [{ ...page, type: 'order' }, 'bad_field', 'type'],
    [{ ...page, type: 'event' }, 'bad_name', 'name'],
    [{ ...page, type: 'revenue', revenue: { amount: 'much' } }, 'bad_field', 'revenue'],
    [{ ...page, type: 'engagement', engaged_ms: 'long' }, 'bad_field', 'engaged_ms'],
    ['page', 'bad_field', undefined],
  ];
  const { body } = await send({ events: wrong.map(([event]) => event) });
  assert.deepEqual(
    body.items.map((item) => [item.status, item.code, item.field]),
    wrong.map(([, code, field]) => ['rejected', code, field]),
  );
});
