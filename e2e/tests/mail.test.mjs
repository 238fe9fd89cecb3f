// Getting in by mail, with a real mail server: invitation, lost password, another address.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp, speak } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { PASSWORD, signIn } from '../lib/people.mjs';
import { openPostbox } from '../lib/postbox.mjs';
import { startServer } from '../lib/server.mjs';

const OTHER = 'quite another password';

let postbox;
let server;
let browser;
let api;

before(async () => {
  postbox = await openPostbox({ refuse: (to) => (to.startsWith('gone@') ? 550 : undefined) });
  const env = {
    THROUGHLINE__MAIL__URL: postbox.url,
    THROUGHLINE__MAIL__FROM: 'Throughline <tl@shop.example>',
  };
  server = await startServer({ env });
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await postbox?.close();
});

test('somebody is invited by mail, chooses a password and is in', async () => {
  const { page } = await browser.page();
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=people`);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByLabel('E-mail').fill('Ola@shop.example');
  await page.getByLabel('Role', { exact: true }).selectOption('sem');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('ola@shop.example is invited').waitFor();
  assert.deepEqual(await barriers(page), []);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'ola@shop.example', exact: true }).waitFor();

  const mail = await postbox.next('ola@shop.example', /^Invitation to/);
  assert.match(mail.text, /Olga \(owner@optics.example\) invites you/);
  const guest = await browser.page();
  await guest.page.goto(mail.link);
  await guest.page.getByText('Your role: SEM').waitFor();
  assert.deepEqual(await barriers(guest.page), []);
  await guest.page.setViewportSize(phone);
  assert.equal(await overflow(guest.page), 0);
  await shoot(guest.page, 'join-phone');
  await guest.page.setViewportSize(desktop);
  await guest.page.getByLabel('Your name').fill('Ola');
  await guest.page.getByLabel('Choose a password').fill(PASSWORD);
  await guest.page.getByRole('button', { name: 'Join' }).click();
  await guest.page.getByRole('heading', { name: 'Overview' }).first().waitFor();
  assert.equal(new URL(guest.page.url()).hash, '');
  const members = (await api.must('GET', '/members')).items;
  assert.deepEqual(members.map(({ name, role }) => [name, role]), [['Olga', 'owner'], ['Ola', 'sem']]);

  // The link is worth nothing any more.
  const late = await browser.page();
  await late.page.goto(mail.link);
  await late.page.getByText(/was used, taken back or is too old/).waitFor();
});

test('an address that takes no mail is told of, and the invitation taken back', async () => {
  const invited = await api.must('POST', '/invitations', {
    body: { email: 'gone@shop.example', role: 'analyst' },
  });
  const { page } = await browser.page();
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=people`);
  const row = page.getByRole('row', { name: /gone@shop.example/ });
  await row.waitFor();
  await eventually(async () => (await api.must('GET', '/invitations')).items[0].mail === 'failed');
  await page.reload();
  await row.getByText('Not taken').waitFor();
  await row.getByText(/no such mailbox/).waitFor();
  for (const language of ['ru', 'pl', 'en']) {
    await speak(api, language);
    await page.reload();
    await page.getByRole('cell', { name: 'gone@shop.example', exact: true }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    await shoot(page, `invitations-${language}`);
    await page.setViewportSize(desktop);
  }
  await row.getByRole('button', { name: /^Take back/ }).click();
  await row.waitFor({ state: 'detached' });
  const secret = invited.link.split('#')[1];
  const opened = await api.call('POST', '/invitations/preview', { body: { secret } });
  assert.equal(opened.body.code, 'link_expired');
});

test('a lost password is set anew by mail', async () => {
  const { page } = await browser.page();
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole('link', { name: 'Lost the password?' }).click();
  await page.getByLabel('E-mail').fill('ola@shop.example');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText(/If ola@shop.example has an account/).waitFor();
  assert.deepEqual(await barriers(page), []);
  const mail = await postbox.next('ola@shop.example', /new password/i);
  await page.goto(mail.link);
  await page.getByLabel('New password').fill(OTHER);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('The password is set').waitFor();
  await signIn(page, server.url, { email: 'ola@shop.example', password: OTHER });
  await postbox.next('ola@shop.example', /password was changed/);
});

test('nobody learns whether an address is known', async () => {
  const known = await api.call('POST', '/password-resets', { body: { email: 'ola@shop.example' } });
  const unknown = await api.call('POST', '/password-resets', { body: { email: 'x@shop.example' } });
  assert.deepEqual([known.status, known.body], [unknown.status, unknown.body]);
  await postbox.next('ola@shop.example', /new password/i);
  assert.deepEqual(postbox.mails, []);
});

test('another address counts once the link mailed to it was opened', async () => {
  const { page } = await browser.page();
  await signIn(page, server.url, { email: 'ola@shop.example', password: OTHER });
  await page.goto(`${server.url}/settings?tab=profile`);
  await page.getByText('ola@shop.example').waitFor();
  await page.getByLabel('New address').fill('ola@new.example');
  const address = page.locator('form', { has: page.getByLabel('New address') });
  await address.getByLabel('Current password').fill(OTHER);
  await page.getByRole('button', { name: 'Change the address' }).click();
  const mail = await postbox.next('ola@new.example', /Confirm/);
  await page.goto(mail.link);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('The address is confirmed').waitFor();
  await postbox.next('ola@shop.example', /address was changed/);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.goto(`${server.url}/settings?tab=profile`);
  await page.getByText('ola@new.example').waitFor();
  await page.getByText('Confirmed', { exact: true }).waitFor();
});
