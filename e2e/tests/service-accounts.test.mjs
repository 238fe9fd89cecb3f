// Service accounts: made and given a key in the browser, and what such a key may do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
let api;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a program is made, gets a key, and may do what its role and the key both allow', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=keys`);
  await page.getByRole('button', { name: 'New service account' }).click();
  await page.getByLabel('Name').fill('CRM');
  await page.getByLabel('Role').selectOption('sales_operator');
  await page.getByRole('button', { name: 'Save' }).click();
  const programs = page.getByRole('table', { name: 'Service accounts' });
  await programs.getByText('CRM').waitFor();
  await programs.getByText('Everybody’s leads and deals · All channels').waitFor();

  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByLabel('Name').fill('nightly');
  await page.getByLabel('Belongs to').selectOption({ label: 'CRM' });
  await page.getByRole('checkbox').last().check();
  await page.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('dialog').getByText(/tl_[a-z0-9]{32}/).first();
  const [secret] = (await shown.textContent()).match(/tl_[a-z0-9]{32}/);
  await page.getByRole('button', { name: 'Done' }).click();
  const keys = page.getByRole('table', { name: 'API keys' });
  await keys.getByRole('cell', { name: 'CRM' }).waitFor();
  await shoot(page, 'service-accounts');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  const told = complaints.filter((text) => !/401/.test(text));
  assert.deepEqual(told, []);

  const robot = client(() => server.url);
  const headers = { Authorization: `Bearer ${secret}` };
  await robot.must('POST', '/leads', { headers, body: { external_id: 'L-1', phone: '+79161234567' } });
  const refused = await robot.call('PATCH', '/workspace', { headers, body: { name: 'X' } });
  assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
  const audit = await api.must('GET', '/audit');
  const entry = audit.items.find((each) => each.act === 'lead.received');
  assert.deepEqual([entry.actor_kind, entry.actor_name], ['service_account', 'CRM · nightly']);
  const { items } = await api.must('GET', '/api-keys');
  const { id } = items.find((each) => each.name === 'nightly');
  assert.deepEqual([entry.key_id, entry.key_name], [id, 'nightly']);
  const withKey = await api.must('GET', `/audit?key=${id}`);
  assert.ok(withKey.items.length > 0 && withKey.items.every((each) => each.key_id === id));
  const file = await fetch(`${server.url}/api/v1/audit/export`, { headers: { Cookie: api.cookie } });
  const lines = (await file.text()).trim().split('\n').map((line) => JSON.parse(line));
  const inFile = lines.filter((each) => each.key_id === id);
  assert.deepEqual(inFile.map((each) => each.key_name), withKey.items.map(() => 'nightly'));
  assert.equal((await api.must('GET', '/audit/verify')).broken_at, null);
  const wrong = await api.call('GET', '/audit?key=nightly');
  assert.deepEqual([wrong.status, wrong.body.field], [400, 'key']);
  await page.setViewportSize(desktop);
  await page.goto(`${server.url}/settings?tab=audit`);
  await page.getByText('Service account CRM · nightly').first().waitFor();
  const others = page.getByRole('table', { name: 'Audit log' }).getByText('Made an API key');
  await others.waitFor();
  await page.getByRole('link', { name: `key no. ${id} nightly` }).first().click();
  await others.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('combobox', { name: 'API key' }).inputValue(), String(id));
  await shoot(page, 'audit-key');
});

test('a key that only sends events says when it was used last', async () => {
  const { id, secret } = await api.must('POST', '/api-keys', {
    body: { name: 'shop', scopes: ['events'] },
  });
  const used = async () => {
    const { items } = await api.must('GET', '/api-keys');
    return items.find((each) => each.id === id).last_used_at;
  };
  assert.equal(await used(), null);
  const begun = Date.now();
  const taken = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      events: [{ type: 'page_view', url: 'https://www.optics.example/', user_id: 'u' }],
    }),
  });
  assert.equal(taken.status, 200);
  const at = await eventually(async () => (await used()) ?? undefined);
  assert.ok(Date.parse(at) >= begun && Date.parse(at) <= Date.now(), at);
});

test('a program is shown a part, and switched off its keys are worth nothing for good', async () => {
  const me = await api.must('GET', '/me');
  await api.must('POST', '/teams', {
    body: { name: 'North', leader_id: null, member_ids: [me.user.id] },
  });
  const made = await api.must('POST', '/service-accounts', {
    body: { name: 'Bot', role: 'sales_manager' },
  });
  const key = await api.must('POST', '/api-keys', {
    body: { name: 'daily', scopes: ['leads'], service_account_id: made.id },
  });
  const robot = client(() => server.url);
  const headers = { Authorization: `Bearer ${key.secret}` };
  await api.must('POST', '/leads', { body: { external_id: 'L-2', phone: '+79161234568' } });
  const leads = async () => (await robot.must('GET', '/leads', { headers })).items.length;
  assert.notEqual(await leads(), 0);

  const { page, complaints } = await browser.page({ colorScheme: 'dark' });
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=keys`);
  const programs = page.getByRole('table', { name: 'Service accounts' });
  await page.getByRole('button', { name: 'Change Bot' }).click();
  await page.getByLabel('Sees leads and deals').selectOption({ label: 'Those of the team North' });
  const boxes = page.getByRole('dialog').getByRole('checkbox');
  const channels = await boxes.count();
  assert.ok(channels > 2);
  for (let each = 1; each < channels; each += 1) await boxes.nth(each).uncheck();
  await shoot(page, 'service-account-form');
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('button', { name: 'Save' }).click();
  await programs.getByText(/Those of the team North · Only: /).waitFor();
  assert.equal(await leads(), 0, 'the lead came by no channel');
  const kept = (await api.must('GET', '/service-accounts')).items;
  assert.deepEqual(kept.map((one) => [one.name, one.channels?.length ?? null]), [
    ['Bot', 1],
    ['CRM', null],
  ]);

  const off = programs.getByRole('row', { name: /Bot/ }).getByRole('button', { name: 'Switch off' });
  await off.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  await programs.getByText('Switched off').waitFor();
  const gone = await robot.call('GET', '/leads', { headers });
  assert.equal(gone.status, 401);
  await page.getByRole('cell', { name: 'daily' }).waitFor({ state: 'detached' });
  await shoot(page, 'service-accounts-dark');
  assert.deepEqual(await barriers(page), []);
  const body = { name: 'late', scopes: ['leads'], service_account_id: made.id };
  const refused = await api.call('POST', '/api-keys', { body });
  assert.deepEqual([refused.status, refused.body.code], [409, 'service_account_disabled']);
  await programs.getByRole('button', { name: 'Switch on' }).click();
  await programs.getByText('Switched off').waitFor({ state: 'detached' });
  assert.equal((await robot.call('GET', '/leads', { headers })).status, 401);
  await api.must('POST', '/api-keys', { body });
  assert.deepEqual(complaints.filter((text) => !/401/.test(text)), []);
});
