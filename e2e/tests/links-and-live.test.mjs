// Click links keep to consent modes, and live screens let the server end.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { hire, mail, signIn, somebody } from '../lib/people.mjs';
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

test('a burst reaches the live screen as a few messages, and it counts who is here', async (context) => {
  const BATCHES = 5;
  const A_BATCH = 1_000;
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_KEY_RATE: '100000' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const browser = await openBrowser();
  context.after(() => browser.close());
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  complaints.length = 0;
  await page.goto(`${server.url}/live`);
  await page.getByText('Quiet for now').waitFor();

  const stream = await fetch(`${server.url}/api/v1/live`, { headers: { Cookie: api.cookie } });
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  let told = '';
  const begun = Date.now();
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      told += value;
    }
  })().catch(() => {});
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const at = new Date().toISOString();
    const events = Array.from({ length: A_BATCH }, (_, index) =>
      event(`burst-${batch}-${index}`, {
        type: 'page_view',
        url: `https://optics.example/page-${index % 10}?utm_source=google&utm_medium=cpc`,
        visitor: `00000000${String(index % 100).padStart(5, '0')}`,
        at,
      }),
    );
    const { status } = await sendEvents(server.url, key, events);
    assert.equal(status, 200);
  }
  await sendEvents(server.url, key, [event('order', { name: 'Order' })]);
  await eventually(async () => (await counted(api, ['page_views'])).page_views === BATCHES * A_BATCH);

  // The screen says who is here while it all comes, and answers the hand.
  const visitors = page.getByTestId('visitors-now');
  await visitors.filter({ hasText: /^10[01]$/ }).waitFor();
  await page.getByTestId('live-pages').getByText('optics.example/page-3').waitFor();
  await page.getByTestId('live-sources').getByText('google').waitFor();
  await page.getByTestId('live-goals').getByText('Order').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  const rows = await page.getByRole('table', { name: 'As it happens' }).getByRole('row').count();
  assert.ok(rows > 20 && rows <= 101, `${rows} rows`);
  await shoot(page, 'live');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);

  const seconds = Math.ceil((Date.now() - begun) / 1_000);
  await reader.cancel();
  await reading;
  const messages = told.match(/^event: hits$/gm).length;
  assert.ok(messages <= seconds + 1, `${messages} messages in ${seconds} seconds`);
  const gathered = [...told.matchAll(/^event: hits\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data));
  assert.ok(gathered.every(({ hits }) => hits.length <= 50));
  const came = gathered.reduce((sum, { hits, skipped }) => sum + hits.length + skipped, 0);
  assert.ok(came >= BATCHES * A_BATCH, `${came} hits were told of`);
  assert.deepEqual(complaints, []);
});

test('a live screen ends with the session, the role or the reach that it was opened with', async (context) => {
  const server = await startServer();
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  await hire(server, api, ['analyst', 'sem', 'content']);
  /** A stream that goes on; answers when it has ended. */
  const watch = async (person) => {
    const live = await fetch(`${server.url}/api/v1/live`, { headers: { Cookie: person.cookie } });
    assert.equal(live.status, 200);
    const reader = live.body.getReader();
    const state = { ended: false, events: 0 };
    (async () => {
      for (;;) {
        const { done } = await reader.read();
        if (done) break;
        state.events += 1;
      }
      state.ended = true;
    })();
    return state;
  };
  const people = {};
  for (const role of ['analyst', 'sem', 'content']) people[role] = await somebody(server, role);
  const own = await watch(api);
  const streams = {};
  for (const [role, person] of Object.entries(people)) streams[role] = await watch(person);
  const member = async (role) => {
    const { items } = await api.must('GET', '/members');
    return items.find(({ email }) => email === mail(role));
  };
  const change = async (role, body) => {
    const { user_id, etag } = await member(role);
    await api.must('PATCH', `/members/${user_id}`, { headers: { 'If-Match': etag }, body });
  };
  const [channel] = (await api.must('GET', '/channels')).items;
  await change('analyst', { role: 'accountant' });
  await change('sem', { channels: [channel.id] });
  await people.content.must('DELETE', '/sessions/current');
  for (const role of Object.keys(people)) {
    await eventually(() => streams[role].ended, { tries: 300 });
  }
  // Whoever is still who they were goes on.
  const { events } = own;
  await eventually(() => own.events > events + 1, { tries: 300 });
  assert.equal(own.ended, false);
  const again = await fetch(`${server.url}/api/v1/live`, { headers: { Cookie: people.sem.cookie } });
  assert.equal(again.status, 403);
});
