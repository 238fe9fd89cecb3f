// The audit log: what people do and look at stands in it, on the screen, in the file, and in a
// chain that a command walks along.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
});
after(() => server.stop());

async function exported() {
  const answer = await fetch(`${server.url}/api/v1/audit/export`, { headers: { Cookie: api.cookie } });
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

test('what is done and looked at stands in the list, the file and the chain', async () => {
  const link = await api.must('POST', '/links', {
    body: { name: 'Spring', slug: 'spring', target: 'https://www.optics.example/' },
  });
  const seen = await api.call('GET', `/links/${link.id}`);
  const headers = { 'If-Match': seen.headers.get('etag') };
  await api.must('PATCH', `/links/${link.id}`, { body: { name: 'Summer' }, headers });
  const lead = await api.must('POST', '/leads', { body: { phone: '+48601234567', source: 'google' } });
  await api.must('GET', `/leads/${lead.id}`);
  const refused = await api.call('PATCH', `/links/${link.id}`, { body: { name: 'Lost' }, headers });
  assert.equal(refused.status, 412);

  const { items } = await api.must('GET', '/audit?limit=4');
  assert.deepEqual(
    items.map(({ act, object }) => `${act} ${object}`),
    [
      `lead.read ${lead.id}`,
      `lead.received ${lead.id}`,
      `link.changed ${link.id}`,
      `link.created ${link.id}`,
    ],
  );
  assert.deepEqual(items[2].details, { name: ['Spring', 'Summer'] });
  assert.equal(items[2].network, '127.0.0.0/24');
  const chosen = await api.must('GET', '/audit?act=link.changed&from=2026-01-01');
  assert.equal(chosen.items.length, 1);
  const wrong = await api.call('GET', '/audit?person=anna');
  assert.deepEqual([wrong.status, wrong.body.field], [400, 'person']);

  const file = await exported();
  assert.deepEqual(file.map(({ seq }) => seq), file.map((_, index) => index + 1));
  assert.equal(file.at(-1).act, 'audit.exported');
  assert.ok(!JSON.stringify(file).includes('48601234567'), 'no personal data in the log');
  const verdict = await api.must('GET', '/audit/verify');
  assert.deepEqual([verdict.entries, verdict.broken_at], [file.length, null]);
  assert.equal(verdict.head, `${file.length}:${file.at(-1).seal}`);
});

test('a command walks along the chain and misses a head that is not in it', async () => {
  const { head } = await api.must('GET', '/audit/verify');
  await server.halt();
  const whole = server.command('audit', 'verify', '--workspace', '1', '--head', head);
  assert.equal(whole.status, 0, whole.stderr);
  assert.match(whole.stdout, /entries, whole\. Head: \d+:[0-9a-f]{64}/);
  const other = server.command('audit', 'verify', '--workspace', '1', '--head', `1:${'0'.repeat(64)}`);
  assert.equal(other.status, 1);
  assert.match(other.stdout, /the given head is not in it/);
  const odd = server.command('audit', 'verify', '--workspace', '1', '--head', 'twelve');
  assert.equal(odd.status, 1);
  assert.match(odd.stderr, /12:9f0a/);
  await server.start();
});

test('the screen tells, filters, verifies, and fits a phone', async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/settings?tab=audit`);
  await page.getByText('name: Spring → Summer').waitFor();
  await page.getByRole('combobox', { name: 'What' }).selectOption('link.created');
  await page.getByText('slug: spring').waitFor();
  await page.getByText('name: Spring → Summer').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('audit-verdict').getByText('none was changed').waitFor();
  await page.getByRole('combobox', { name: 'What' }).selectOption('');
  await page.getByText('name: Spring → Summer').waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'audit');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'audit-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);
});
