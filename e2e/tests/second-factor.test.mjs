// A second factor in a real browser: set up by scanning, asked for at sign-in, rescued by an owner,
// and asked of roles by their workspace.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { codeOf } from '../lib/authenticator.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { PASSWORD, fillIn, join } from '../lib/people.mjs';
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

const overview = (page) => page.getByRole('heading', { name: 'Overview' }).first().waitFor();

async function giveCode(page, code) {
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Goes through the steps of the set-up on a page that shows the first; what was told. */
async function setUpFactor(page, password) {
  await page.getByLabel('Current password').last().fill(password);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = await page.getByLabel('Or type this key in').textContent();
  const code = codeOf(secret);
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Switch on' }).click();
  const codes = (await page.getByLabel('Recovery codes').textContent()).split('\n');
  assert.equal(codes.length, 10);
  return { secret, codes, code };
}

test('it is set up, asked for at the next sign-in, and no code is taken twice', async () => {
  const ola = await join(server, api, 'ola@optics.example', 'sem');
  const { page, complaints } = await browser.page();
  await fillIn(page, server.url, { email: 'ola@optics.example', password: PASSWORD });
  await overview(page);
  await page.goto(`${server.url}/settings?tab=profile`);
  await page.getByRole('button', { name: 'Set up' }).click();
  const told = page.waitForResponse((answer) => answer.url().endsWith('/me/second-factor'));
  const { secret, codes, code } = await setUpFactor(page, PASSWORD);
  assert.match((await (await told).json()).address, /^otpauth:\/\/totp\/Throughline:ola@/);
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'second-factor-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 recovery codes left').waitFor();
  assert.equal((await ola.call('GET', '/me')).status, 401, 'other sessions have ended');
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);

  const again = await browser.page({ viewport: phone });
  await fillIn(again.page, server.url, { email: 'ola@optics.example', password: PASSWORD });
  await again.page.getByLabel('Code').waitFor();
  assert.equal((await again.context.cookies()).length, 0, 'nothing is a session before the code');
  assert.deepEqual(await barriers(again.page), []);
  assert.equal(await overflow(again.page), 0);
  await shoot(again.page, 'second-factor-sign-in-phone');
  // The very code of the set-up, whatever the clock has come to since.
  await giveCode(again.page, code);
  await again.page.getByText('was used before').waitFor();
  await giveCode(again.page, codeOf(secret, 1));
  await overview(again.page);

  const signIn = (code) =>
    client(() => server.url).call('POST', '/sessions', {
      body: { email: 'ola@optics.example', password: PASSWORD, code },
    });
  assert.equal((await signIn(codes[0])).status, 201);
  const used = await signIn(codes[0]);
  assert.deepEqual([used.status, used.body.code], [401, 'wrong_code']);
  await page.goto(`${server.url}/settings?tab=profile`);
  await page.getByText('9 recovery codes left').waitFor();

  await page.getByRole('button', { name: 'Switch off' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByLabel('Code').fill(codes[0]);
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await dialog.getByText('was used before').waitFor();
  await dialog.getByLabel('Code').fill(codes[1]);
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('button', { name: 'Set up' }).waitFor();
  assert.equal((await signIn(undefined)).status, 201);
});

test('without the right password nobody learns who has a second factor', async () => {
  const email = 'jan@optics.example';
  const jan = await join(server, api, email, 'seo');
  const { secret } = await jan.must('POST', '/me/second-factor', { body: { password: PASSWORD } });
  await jan.must('POST', '/me/second-factor/confirm', { body: { code: codeOf(secret) } });
  const answers = [];
  for (const name of [email, owner.email, 'nobody@optics.example']) {
    const body = { email: name, password: 'a wrong password', code: '000000' };
    const answer = await client(() => server.url).call('POST', '/sessions', { body });
    answers.push([answer.status, answer.body]);
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], answers[2]);

  const { page } = await browser.page();
  await fillIn(page, server.url, owner);
  await overview(page);
  await page.goto(`${server.url}/settings?tab=people`);
  const row = page.getByRole('row', { name: email });
  await row.getByText('On', { exact: true }).waitFor();
  await shoot(page, 'second-factor-people');
  await row.getByRole('button', { name: 'Switch off' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('lost the device').waitFor();
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await row.getByText('Off', { exact: true }).waitFor();
  assert.equal((await jan.call('GET', '/me')).status, 401, 'their sessions have ended');
  const body = { email, password: PASSWORD };
  await client(() => server.url).must('POST', '/sessions', { body });
  const log = (await api.must('GET', '/audit?act=second_factor.off')).items;
  assert.equal(log[0].actor_name, 'Olga');
});

test('the operator switches it off from the command line', async () => {
  const email = 'lost@optics.example';
  const lost = await join(server, api, email, 'seo');
  const { secret } = await lost.must('POST', '/me/second-factor', { body: { password: PASSWORD } });
  await lost.must('POST', '/me/second-factor/confirm', { body: { code: codeOf(secret) } });
  const [told] = await server.offline(['user', 'second-factor', 'off', email]);
  assert.match(told, /password alone/);
  await lost.must('POST', '/sessions', { body: { email, password: PASSWORD } });
});

test('a workspace that asks a role for it lets nobody of it in before', async () => {
  const email = 'new@optics.example';
  const person = await join(server, api, email, 'analyst');
  const workspace = await api.call('GET', '/workspace');
  await api.must('PATCH', '/workspace', {
    body: { second_factor_roles: ['analyst'] },
    headers: { 'If-Match': workspace.headers.get('etag') },
  });
  for (const path of ['/leads', '/workspace', '/reports/catalogue']) {
    const refused = await person.call('GET', path);
    assert.deepEqual([refused.status, refused.body.code], [403, 'second_factor_required'], path);
  }
  assert.equal((await api.call('GET', '/workspace')).status, 200, 'other roles go on');

  const { page, complaints } = await browser.page();
  await fillIn(page, server.url, { email, password: PASSWORD });
  await page.getByRole('heading', { name: /asks your role/ }).waitFor();
  assert.deepEqual(await barriers(page), []);
  for (const [name, viewport] of Object.entries({ desktop, phone })) {
    await page.setViewportSize(viewport);
    assert.equal(await overflow(page), 0, name);
    await shoot(page, `second-factor-gate-${name}`);
  }
  await page.goto(`${server.url}/leads`);
  await page.getByRole('heading', { name: /asks your role/ }).waitFor();
  await setUpFactor(page, PASSWORD);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('heading', { name: 'Leads' }).first().waitFor();
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);
});
