// The ingest log: whatever comes in is stored or dropped for a reason, also after a kill.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apiKey, client, eventually, owner, setUp, speak } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { counted, event, sendEvents } from '../lib/facts.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const HOUR_MS = 3_600_000;
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

const asked = (per = 'minute') => {
  const until = new Date(Date.now() + 60_000).toISOString();
  const from = new Date(Date.now() - HOUR_MS / 2).toISOString();
  return `/intake?from=${from}&until=${until}&per=${per}`;
};

/** The log once it has so many; each answer adds up, whatever is still on its way. */
async function log(api, came, also = '') {
  const told = await eventually(async () => {
    const one = await api.must('GET', asked() + also);
    for (const part of [one.total, ...one.spans, ...one.doors, ...one.sites]) {
      const why = part.reasons.reduce((sum, { count }) => sum + count, 0);
      assert.equal(part.in, part.stored + part.dropped, JSON.stringify(part));
      assert.equal(part.dropped, why, JSON.stringify(part));
    }
    return one.total.in >= came ? one : undefined;
  });
  assert.equal(told.total.in, came);
  return told;
}

const view = (url, site, body) =>
  fetch(`${url}${site.events_path}`, {
    method: 'POST',
    headers: { 'User-Agent': CHROME, 'Content-Type': 'text/plain' },
    body: body ?? JSON.stringify({ n: 'pageview', k: site.public_key, u: `https://${site.domain}/` }),
  });

test('each door is counted with its reasons, by workspace, and shown', async (context) => {
  const server = await startServer();
  context.after(() => server.stop());
  const api = client(() => server.url);
  const site = await setUp(api);
  const key = await apiKey(api);
  await api.must('POST', '/links', { body: { name: 'a', slug: 'a', target: 'https://optics.example/' } });

  const click = (slug) => fetch(`${server.url}/c/${slug}`, { redirect: 'manual' });
  await click('a');
  await click('nowhere');
  await view(server.url, site);
  await view(server.url, site, '{');
  await view(server.url, site, JSON.stringify({ n: 'pageview', k: site.public_key, u: 'https://evil.example/' }));
  await sendEvents(server.url, key, [event('1'), event('1'), event('2', { url: 'nonsense' })]);
  const plausible = { n: 'pageview', d: 'unknown.example', u: 'https://unknown.example/' };
  await fetch(`${server.url}/api/event`, { method: 'POST', body: JSON.stringify(plausible) });

  const told = await log(api, 9);
  const doors = Object.fromEntries(told.doors.map(({ door, stored, dropped }) => [door, [stored, dropped]]));
  assert.deepEqual(doors, { click: [1, 1], tracker: [1, 2], server: [1, 2], plausible: [0, 1] });
  const reasons = Object.fromEntries(told.total.reasons.map(({ reason, count }) => [reason, count]));
  assert.deepEqual(reasons, {
    bad_json: 1,
    bad_url: 1,
    duplicate: 1,
    host_not_allowed: 1,
    unknown_link: 1,
    unknown_site: 1,
  });
  const ofSite = await log(api, 5, `&site=${site.id}`);
  assert.deepEqual(ofSite.sites.map((one) => one.site), [site.id]);
  await log(api, 3, '&door=server');
  const hours = await api.must('GET', asked('hour'));
  assert.deepEqual(hours.total, told.total);
  for (const wrong of ['&door=window', '&per=day']) {
    assert.equal((await api.call('GET', asked() + wrong)).status, 400, wrong);
  }
  const long = asked().replace(/from=[^&]*/, 'from=2020-01-01T00:00:00Z');
  assert.equal((await api.call('GET', long)).status, 422);

  const browser = await openBrowser();
  context.after(() => browser.close());
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  complaints.length = 0;
  await page.goto(`${server.url}/sites`);
  await page.getByRole('link', { name: 'Ingest log' }).click();
  await page.getByTestId('intake-in').getByText('9', { exact: true }).waitFor();
  await page.getByTestId('intake-stored').getByText('3', { exact: true }).waitFor();
  await page.getByTestId('intake-reasons').getByText('A host not on the list').waitFor();
  await page.getByTestId('intake-sites').getByText(/^Nobody's/).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'intake');
  await page.getByRole('combobox', { name: 'Door' }).selectOption('click');
  await page.getByTestId('intake-in').getByText('2', { exact: true }).waitFor();
  assert.match(page.url(), /door=click/);
  await speak(api, 'ru');
  await page.setViewportSize(phone);
  await page.goto(`${server.url}/intake?last=day`);
  await page.getByText('Журнал приёма').first().waitFor();
  await page.getByTestId('intake-in').getByText('9', { exact: true }).waitFor();
  assert.equal(await overflow(page), 0);
  await shoot(page, 'intake-phone');
  assert.deepEqual(complaints, []);
});

test('the log outlives restarts and kills, says where counts may be missing, and never says more', async (context) => {
  const server = await startServer({ env: { THROUGHLINE__COLLECT__PER_KEY_RATE: '0' } });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  const key = await apiKey(api);
  const send = (round, count) =>
    sendEvents(server.url, key, Array.from({ length: count }, (_, at) => event(`${round}-${at}`)));

  await send(0, 40);
  // A clean end writes the rest.
  await server.halt();
  await server.start();
  const clean = await log(api, 40);
  assert.deepEqual(clean.gaps, []);

  await send(1, 30);
  await log(api, 70);
  const unwritten = send(2, 500);
  await unwritten.catch(() => {});
  await server.kill();
  await server.start();
  const after = await eventually(async () => {
    const one = await api.must('GET', asked());
    return one.gaps.length > 0 ? one : undefined;
  });
  assert.equal(after.gaps.length, 1);
  assert.ok(Date.parse(after.gaps[0].from) <= Date.parse(after.gaps[0].until));
  assert.equal(after.total.in, after.total.stored + after.total.dropped);
  const there = await eventually(async () => {
    const { events } = await counted(api, ['events']);
    return events >= after.total.stored ? events : undefined;
  });
  assert.ok(after.total.stored <= there, `${after.total.stored} stored, ${there} there`);
  assert.ok(after.total.stored >= 70, 'what was written stays');
});
