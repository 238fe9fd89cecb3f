// Whatever is sent to a public door, the answer is never a 500 and the server stays up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { apiKey, client, setUp } from '../lib/api.mjs';
import { event, pause, sendEvents } from '../lib/facts.mjs';
import { rawStatus, request } from '../lib/raw.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let key;
let doors;
const api = client(() => server.url);
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';

before(async () => {
  server = await startServer({
    env: {
      THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
      THROUGHLINE__COLLECT__PER_IP_RATE: '0',
      THROUGHLINE__COLLECT__FORM_RATE: '0',
      THROUGHLINE__LOG__LEVEL: 'error',
    },
  });
  const site = await setUp(api);
  key = await apiKey(api);
  const target = 'https://optics.example/?x={click_id}&k={keyword}';
  await api.must('POST', '/links', { body: { name: 'Sale', slug: 'sale', target } });
  doors = {
    click: '/c/sale',
    'unknown link': '/c/nothing',
    script: site.script_path,
    events: site.events_path,
    pixel: '/p.gif',
    'server events': '/api/v1/events',
    form: `/f/${site.public_key}`,
    leads: '/api/v1/leads',
    setup: '/api/v1/setup',
    sessions: '/api/v1/sessions',
    report: '/api/v1/reports/query',
    preview: '/api/v1/imports/preview',
    page: '/',
    unknown: '/nothing/at/all',
    'unknown api': '/api/v1/nothing',
    health: '/healthz',
    ready: '/readyz',
    metrics: '/metrics',
  };
});
after(() => server.stop());

/** No door answers any of these with a 5xx; `closed` is an answer too, for what is no HTTP. */
async function check(what, bytesOf, allowed = (status) => status === 'closed' || status < 500) {
  const wrong = [];
  for (const [name, path] of Object.entries(doors)) {
    const status = await rawStatus(server.url, bytesOf(path));
    if (!allowed(status)) wrong.push(`${name} (${path}): ${status}`);
  }
  assert.deepEqual(wrong, [], what);
}

const answers = (status) => status !== 'closed' && status < 500;

for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
  test(`${method} at every door is answered below 500`, () =>
    check(method, (path) => request(method, path, { 'User-Agent': agent }), answers));
}

const queries = {
  'invalid UTF-8, percent-encoded': '?utm_source=%ff%fe%80&utm_campaign=%C3%28&d=%F0%28%8C%28',
  'invalid UTF-8, raw': '?utm_source=\xff\xfe\x80&u=\xc3\x28',
  'broken percent signs': '?utm_source=%&utm_medium=%zz&u=%2&n=%u0041',
  'zero bytes and line ends': '?utm_source=%00a%00&u=https%3A%2F%2Foptics.example%2F%0d%0aSet-Cookie:x',
  'a long query': `?utm_source=${'a'.repeat(8_000)}&u=https://optics.example/${'b'.repeat(8_000)}`,
  'many parameters': `?${Array.from({ length: 2_000 }, (_, at) => `p${at}=${at}`).join('&')}`,
  'absurd addresses': '?u=http://[::1&r=javascript:alert(1)&d=..%2f..%2f&url=file:///etc/passwd',
  'only marks': '?&&==&=&?&#',
};
for (const [what, query] of Object.entries(queries)) {
  test(`a query with ${what} is answered below 500`, () =>
    check(what, (path) => request('GET', path + query, { 'User-Agent': agent })));
}

const bodies = {
  'no JSON': ['application/json', '{"events": [tru'],
  'another kind of JSON': ['application/json', '[[[[1]]]]'],
  'a number': ['application/json', '1e400'],
  'deep JSON': ['application/json', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  'invalid UTF-8': ['application/json', '{"name":"\xff\xfe","u":"\xc3\x28"}'],
  'lone surrogates': ['application/json', '{"n":"\\ud800","u":"https://optics.example/\\udfff"}'],
  'a broken form': ['application/x-www-form-urlencoded', 'phone=%ff&name=%zz&&&='],
  'a form without end': ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data'],
  'a form without boundary': ['multipart/form-data', 'x'],
  'an unknown kind': ['application/\x7f', 'x'],
  'too much': ['application/json', `{"n":"${'a'.repeat(700_000)}"}`],
};
for (const [what, [kind, body]] of Object.entries(bodies)) {
  test(`a body with ${what} is answered below 500, with a key and without`, async () => {
    const headers = { 'User-Agent': agent, 'Content-Type': kind };
    await check(what, (path) => request('POST', path, headers, body));
    await check(what, (path) => request('POST', path, { ...headers, ...key }, body));
  });
}

const heads = {
  'a header of 100 KB': { 'X-Long': 'a'.repeat(100_000) },
  '150 headers': Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`X-${at}`, 'a'])),
  'bytes above ASCII': { 'User-Agent': '\xff\xfe\x80', Referer: 'https://\xe9/' },
  'a broken cookie': { Cookie: `tl=;;=;${'\x80'};_tl=%ff`, Authorization: 'Bearer \xff' },
  'absurd forwarding': { 'X-Forwarded-For': '999.1.1.1, [::::], ,', Forwarded: 'for=";"' },
  'absurd conditions': { 'If-None-Match': '"'.repeat(500), 'If-Match': '*,', Range: 'bytes=9-1,-' },
  'a key that is too long': { 'Idempotency-Key': 'k'.repeat(5_000), Authorization: 'Bearer x' },
};
for (const [what, headers] of Object.entries(heads)) {
  test(`a head with ${what} is answered below 500`, async () => {
    await check(what, (path) => request('GET', path, headers));
    await check(what, (path) => request('POST', path, headers, '{}'));
  });
}

test('what is no HTTP is refused or hung up on', async () => {
  const targets = ['/%', '/c/%ff', '/c/..%2f..%2fetc', `/${'a'.repeat(60_000)}`, '//', '*', 'http://x/c/sale', '/\xff'];
  for (const target of targets) {
    const status = await rawStatus(server.url, request('GET', target));
    assert.ok(status === 'closed' || status < 500, `${target.slice(0, 40)}: ${status}`);
  }
  for (const bytes of ['\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\r\n\r\n']) {
    const status = await rawStatus(server.url, Buffer.from(bytes, 'latin1'));
    assert.ok(status === 'closed' || (status >= 400 && status < 500), `${status}`);
  }
});

test('bodies that come slowly or never keep nobody else waiting', async () => {
  const head = 'POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n{"ev';
  const slow = Array.from({ length: 50 }, () => rawStatus(server.url, head, { wait: 1_500 }));
  await pause(100);
  const { status } = await sendEvents(server.url, key, [event('beside slow ones')]);
  assert.equal(status, 200);
  const statuses = await Promise.all(slow);
  assert.ok(statuses.every((answer) => ['silent', 'closed'].includes(answer)), String(statuses));
});

test('a refusal is read though the body comes after it, and the connection goes on', async () => {
  const body = 'x'.repeat(100_000);
  const post = request('POST', '/api/v1/imports/preview', { 'Content-Type': 'multipart/form-data; boundary=b' }, body);
  const head = post.subarray(0, post.length - body.length);
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  socket.write(head);
  const answer = async () => String((await once(socket, 'data'))[0]).slice(9, 12);
  assert.equal(await answer(), '401');
  socket.write(body);
  socket.write(request('GET', '/readyz'));
  assert.equal(await answer(), '200');
  socket.destroy();
});

test('a body whose length lies is refused or hung up on', async () => {
  for (const length of ['-1', '99999999999999999999', 'x', '5, 6']) {
    const bytes = `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n{}`;
    const status = await rawStatus(server.url, bytes, { wait: 1_000 });
    assert.ok(status === 'closed' || (status >= 400 && status < 500), `${length}: ${status}`);
  }
});

test('after all that the server is healthy and serves', async () => {
  assert.equal(await rawStatus(server.url, request('GET', '/readyz')), 200);
  assert.equal(await rawStatus(server.url, request('GET', '/c/sale')), 302);
});
