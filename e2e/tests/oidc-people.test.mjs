// Who comes in by a provider without an invitation, whose own second factor is asked for behind it,
// and whose word it gave long ago.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { codeOf } from '../lib/authenticator.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { byProvider, linked, say, startBesideProvider } from '../lib/oidc.mjs';
import { join, PASSWORD } from '../lib/people.mjs';

const HOUR_S = 3_600;
const ACCOUNTS = {
  vera: { email: 'vera@optics.example', email_verified: true, name: 'Vera', groups: ['sales'] },
  stray: { email: 'stray@optics.example', email_verified: true, groups: ['others'] },
  unsure: { email: 'unsure@optics.example', email_verified: false, groups: ['sales'] },
  double: { email: owner.email, email_verified: true, groups: ['sales'] },
  late: { email: 'late@optics.example', email_verified: true },
  eva: { email: 'eva@optics.example', email_verified: true },
};

let server;
let browser;
let api;
let site;
let provider;

before(async () => {
  const settings = { THROUGHLINE__PROVIDER__MAKES_PEOPLE: 'true' };
  ({ site, provider, server } = await startBesideProvider(ACCOUNTS, settings));
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.close();
});

const overview = (page) => page.getByRole('heading', { name: 'Overview' }).first().waitFor();

/** Somebody with a password who has linked an account: a client, and a page that is signed in. */
async function comes(account) {
  const { email } = ACCOUNTS[account];
  const person = await join(server, api, email, 'sem');
  const { page } = await linked(browser, site, { email }, account);
  return { person, page };
}

test('who has a group comes in without an invitation, and nobody else does', async () => {
  for (const [account, text] of [
    ['stray', 'Nobody here has linked this account'],
    ['unsure', 'has not verified your address'],
    ['double', 'Nobody here has linked this account'],
  ]) {
    const { page, context } = await browser.page();
    await byProvider(page, site, account);
    await page.getByText(text).waitFor();
    await context.close();
  }
  const { page } = await browser.page();
  await byProvider(page, site, 'vera');
  await overview(page);
  const me = await page.evaluate(async () => (await fetch('/api/v1/me')).json());
  assert.deepEqual([me.user.email, me.user.name], ['vera@optics.example', 'Vera']);
  assert.equal(me.user.is_email_verified, true);
  assert.deepEqual(me.workspaces.map(({ id, role }) => [id, role]), [[1, 'sales_manager']]);
  const members = (await api.must('GET', '/members')).items.map(({ email }) => email).sort();
  assert.deepEqual(members, [owner.email, 'vera@optics.example'].sort());
  const added = (await api.must('GET', '/audit?act=member.added')).items;
  assert.deepEqual(added.map(({ actor_kind }) => actor_kind), ['system']);

  await page.context().clearCookies();
  await byProvider(page, site, 'vera');
  await overview(page);
  assert.equal((await api.must('GET', '/members')).items.length, 2, 'she came in once');
});

test('a word that the provider gave before it was asked is no proof', async () => {
  const { page } = await comes('late');
  ACCOUNTS.late.ts = Math.floor(Date.now() / 1_000) - HOUR_S;
  await page.context().clearCookies();
  await byProvider(page, site, 'late');
  await overview(page);
  const prove = async () => {
    const { address } = await page.evaluate(async () => {
      const answer = await fetch('/api/v1/sessions/proof/provider', { method: 'POST' });
      return answer.json();
    });
    await page.evaluate((address) => {
      const left = JSON.stringify({ errand: 'proof', back: '/' });
      sessionStorage.setItem('throughline.provider', left);
      window.location.assign(address);
    }, address);
    await say(page, 'late');
  };
  const linkMore = () =>
    page.evaluate(async () => {
      const path = '/api/v1/me/passkeys/challenge';
      const answer = await fetch(path, { method: 'POST' });
      return answer.status === 200 ? 'proved' : (await answer.json()).code;
    });
  assert.equal(await linkMore(), 'proof_needed');
  await prove();
  await page.getByText('This is no answer of the provider').waitFor();
  assert.equal(await linkMore(), 'proof_needed');
  delete ACCOUNTS.late.ts;
  await prove();
  await page.getByText('Proved. Do it once more now.').waitFor();
  assert.equal(await linkMore(), 'proved');
});

test('a second factor of one’s own is asked for behind the provider', async () => {
  const { person, page } = await comes('eva');
  const begin = { body: { email: 'eva@optics.example', password: PASSWORD } };
  await person.must('POST', '/sessions', begin);
  const { secret } = await person.must('POST', '/me/second-factor', { body: { password: PASSWORD } });
  await person.must('POST', '/me/second-factor/confirm', { body: { code: codeOf(secret) } });
  await page.context().clearCookies();
  await byProvider(page, site, 'eva');
  await page.getByLabel('Code').waitFor();
  const refused = await page.evaluate(async () => (await fetch('/api/v1/me')).status);
  assert.equal(refused, 401, 'the provider alone lets nobody in');
  await page.getByLabel('Code').fill(codeOf(secret, 1));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await overview(page);
});
