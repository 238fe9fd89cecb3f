// The proof that some acts want: refused when the last one is old, asked for by one dialog that goes
// on with what was begun.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { join } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';


let server;
let api;
let browser;

before(async () => {
  // So short that a test can see a proof grow old.
  server = await startServer({ env: { THROUGHLINE__SIGN_IN__PROOF_S: '4' } });
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until the proof of a session is old; a body with nothing in it changes nothing. */
const old = (call) => eventually(async () => (await call()).code === 'proof_needed', { tries: 2_000 });

test('what wants a proof is refused with an old one, whatever is sent, and with no right at all as before', async () => {
  const key = await apiKey(api);
  const seo = await join(server, api, 'seo@optics.example', 'seo');
  const document = await api.must('GET', '/openapi.json');
  const wanting = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.description?.includes('recent proof'))
      .map(([method]) => [method.toUpperCase(), path.replace('/api/v1', '')]),
  );
  assert.deepEqual(wanting.map((one) => one.join(' ')).sort(), [
    'DELETE /me/passkeys/{id}',
    'DELETE /me/provider-links/{id}',
    'DELETE /members/{user_id}',
    'DELETE /members/{user_id}/second-factor',
    'DELETE /service-accounts/{id}',
    'DELETE /teams/{id}',
    'GET /audit/export',
    'GET /conversion-batches/{id}/file',
    'PATCH /members/{user_id}',
    'PATCH /service-accounts/{id}',
    'PATCH /teams/{id}',
    'PATCH /webhooks/{id}',
    'PATCH /workspace',
    'POST /api-keys',
    'POST /api-keys/{id}/signing-secret',
    'POST /conversion-targets/{id}/batches',
    'POST /erasures',
    'POST /invitations',
    'POST /invitations/{id}/send',
    'POST /me/passkeys',
    'POST /me/passkeys/challenge',
    'POST /me/provider-links',
    'POST /me/provider-links/challenge',
    'POST /privacy/export',
    'POST /privacy/person',
    'POST /service-accounts',
    'POST /teams',
    'POST /webhooks',
    'POST /webhooks/{id}/secret',
    'POST /workspaces',
    'PUT /privacy/retention',
  ]);
  await old(async () => (await api.call('POST', '/api-keys', { body: {} })).body);
  const program = client(() => server.url);
  for (const [method, path] of wanting) {
    const address = path.replace(/\{[^}]+\}/g, '987654321');
    const body = ['GET', 'DELETE'].includes(method) ? undefined : {};
    const ask = async (who, headers) => {
      const answer = await who.call(method, address, { body, headers });
      return [answer.status, answer.body.code];
    };
    assert.deepEqual(await ask(api), [403, 'proof_needed'], path);
    // What is one's own wants no right.
    if (path.startsWith('/me/')) continue;
    assert.deepEqual(await ask(seo), [403, 'forbidden'], path);
    // A program has nobody who could prove anything.
    assert.notDeepEqual(await ask(program, key), [403, 'proof_needed'], path);
  }
  const wrong = await api.call('POST', '/sessions/proof', { body: { password: 'a wrong one' } });
  assert.deepEqual([wrong.status, wrong.body.errors[0].code], [422, 'wrong_password']);
  await api.must('POST', '/sessions/proof', { body: { password: owner.password } });
  assert.equal((await api.call('POST', '/api-keys', { body: {} })).status, 422);
  const log = (await api.must('GET', '/audit?act=session.proved')).items;
  assert.equal(log.length, 1);
});

test('one dialog asks for it and goes on with what was begun', async () => {
  await api.must('POST', '/sessions', { body: owner });
  await join(server, api, 'ola@optics.example', 'sem');
  const { page, complaints } = await browser.page();
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).first().waitFor();
  await page.goto(`${server.url}/settings?tab=people`);
  const role = page.getByLabel('Role of ola@optics.example');
  await role.waitFor();
  const mine = () =>
    page.evaluate(async () => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch('/api/v1/api-keys', { method: 'POST', headers, body: '{}' });
      return answer.json();
    });
  await old(mine);

  await role.selectOption('analyst');
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'proof');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'proof-phone');
  await page.setViewportSize({ width: 1440, height: 1000 });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('wants you to prove that it is you').waitFor();
  const members = async () => (await api.must('GET', '/members')).items;
  const ola = async () => (await members()).find(({ email }) => email.startsWith('ola')).role;
  assert.equal(await ola(), 'sem', 'nothing was changed');

  await role.selectOption('analyst');
  await dialog.getByLabel('Current password').fill('a wrong password');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByText('password is wrong').waitFor();
  await dialog.getByLabel('Current password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('now Analyst').waitFor();
  assert.equal(await ola(), 'analyst');
  assert.equal(await dialog.count(), 0);

  // A dialog that is open already stays, with what was typed, and goes on too.
  await page.goto(`${server.url}/settings?tab=keys`);
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByLabel('Name').fill('crm');
  await page.getByLabel('Everything').check();
  await old(mine);
  await page.getByRole('button', { name: 'Create' }).click();
  await dialog.getByLabel('Current password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('dialog').getByText(/^tl_/).waitFor();
  const refusals = complaints.filter((each) => !/40[13]|422/.test(each));
  assert.deepEqual(refusals, []);
});
