// Click links keep to consent modes, and live screens let the server end.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { client, eventually, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const visitor = {
  'User-Agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
};

test('a link sets a cookie only where the consent mode of its site lets it', async (context) => {
  const server = await startServer();
  context.after(() => server.stop());
  const api = client(() => server.url);
  const site = await setUp(api);
  const link = (slug, target) => api.must('POST', '/links', { body: { name: slug, slug, target } });
  await link('own', 'https://www.optics.example/sale');
  await link('elsewhere', 'https://market.example/optics');
  const click = (slug) => fetch(`${server.url}/c/${slug}`, { headers: visitor, redirect: 'manual' });
  const setsCookie = async (slug) => (await click(slug)).headers.has('set-cookie');

  for (const [mode, expected] of [['cookie', true], ['cookieless', false], ['ask', false], ['cookie', true]]) {
    const current = await api.call('GET', `/sites/${site.id}`);
    const headers = { 'If-Match': current.headers.get('etag') };
    await api.must('PATCH', `/sites/${site.id}`, { body: { consent_mode: mode }, headers });
    // The change reaches the hot path a moment after its answer.
    await eventually(async () => (await setsCookie('own')) === expected);
    assert.equal(await setsCookie('elsewhere'), expected, mode);
  }
  const status = await api.must('GET', `/sites/${site.id}/status`);
  assert.equal(status.first_event_at, null, 'clicks do not prove that the tracker is on the pages');
});

test('an open live screen does not hold up the end of the server', async (context) => {
  const server = await startServer({ env: { THROUGHLINE__SERVER__DRAIN_S: '60' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const live = await fetch(`${server.url}/api/v1/live`, { headers: { Cookie: api.cookie } });
  assert.equal(live.status, 200);
  const reader = live.body.getReader();
  await reader.read();
  const begun = Date.now();
  await server.halt();
  assert.ok(Date.now() - begun < 30_000, 'the server waited for the whole drain');
  await server.start();
});
