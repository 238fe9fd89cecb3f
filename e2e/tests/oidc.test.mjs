// Signing in by a provider of identities: a real one, in a real browser. Linked, refused, proved by,
// away, unlinked, and what groups make of somebody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { byProvider, linkAccount, linked, say, startBesideProvider } from '../lib/oidc.mjs';
import { join, signIn } from '../lib/people.mjs';

const ACCOUNTS = {
  olga: { email: owner.email, email_verified: true, name: 'Olga' },
  other: { email: 'other@optics.example', email_verified: true },
  unverified: { email: owner.email, email_verified: false },
  adam: { email: 'adam@optics.example', email_verified: true, groups: ['sales'] },
  eva: { email: 'eva@optics.example', email_verified: true, amr: ['pwd', 'mfa'] },
  nina: { email: 'nina@optics.example', email_verified: true, name: 'Nina', groups: ['sales'] },
};

let server;
let browser;
let api;
let site;
let provider;

before(async () => {
  const settings = { THROUGHLINE__PROVIDER__SECOND_FACTORS: 'mfa' };
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
const profile = (page) => page.goto(`${site}/settings?tab=profile`);
const button = (page) => page.getByRole('button', { name: 'Sign in with Optics Inc.' });

/** Asks the server as the page's person. */
const ask = (page, method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, { method, headers, body });
      return { status: answer.status, body: await answer.json().catch(() => undefined) };
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)],
  );

test('an account that nobody has linked signs nobody in, whatever its address', async () => {
  const { page, complaints } = await browser.page();
  await byProvider(page, site, 'olga');
  await page.getByText('Nobody here has linked this account').waitFor();
  assert.equal(new URL(page.url()).search, '', 'what came is not in the address any more');
  await page.getByRole('button', { name: 'Go back' }).click();
  await button(page).waitFor();
  await shoot(page, 'oidc-sign-in');
  assert.deepEqual(await barriers(page), []);
  // The provider has no picture of its own.
  assert.deepEqual(complaints.filter((text) => !/40[149]/.test(text)), []);
});

test('an account of another address, or of one that is not verified, is not linked', async () => {
  for (const [account, text] of [
    ['other', 'knows you by another address'],
    ['unverified', 'has not verified your address'],
  ]) {
    const { page } = await browser.page();
    await signIn(page, site, owner);
    await linkAccount(page, site, account);
    await page.getByText(text).waitFor();
    const links = await ask(page, 'GET', '/me/provider-links');
    assert.deepEqual(links.body.items, [], account);
  }
});

test('a linked account signs its person in, and is a proof only when it was asked anew', async () => {
  await (await linked(browser, site, owner, 'olga')).context.close();
  const { page, complaints } = await browser.page({ viewport: phone });
  await byProvider(page, site, 'olga');
  await overview(page);
  const sessions = await ask(page, 'GET', '/sessions');
  assert.equal(sessions.body.items.find((one) => one.current).signed_in_by, 'provider');
  const made = () => ask(page, 'POST', '/api-keys', {});
  const refused = await made();
  assert.deepEqual([refused.status, refused.body.code], [403, 'proof_needed']);

  await page.goto(`${site}/settings?tab=people`);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByLabel('E-mail').fill('guest@optics.example');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await page.getByRole('button', { name: 'Ask Optics Inc.' }).click();
  // The provider knows the person still, and has to ask all the same.
  await say(page, 'olga');
  await page.getByText('Proved. Do it once more now.').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('tab'), 'people');
  assert.equal((await made()).status, 422, 'a proof is there, and the key wants a name');
  assert.deepEqual(await barriers(page), []);
  assert.equal(await overflow(page), 0);
  const told = complaints.filter((text) => !/40[134]|422/.test(text));
  assert.deepEqual(told, []);
});

test('a proof by somebody else at the provider is none', async () => {
  const { page } = await browser.page();
  await byProvider(page, site, 'olga');
  await overview(page);
  const { body } = await ask(page, 'POST', '/sessions/proof/provider');
  const wanted = new URL(body.address);
  assert.deepEqual(
    ['prompt', 'max_age', 'code_challenge_method'].map((name) => wanted.searchParams.get(name)),
    ['login', '0', 'S256'],
  );
  await page.evaluate(
    (address) => {
      const left = { errand: 'proof', back: '/' };
      sessionStorage.setItem('throughline.provider', JSON.stringify(left));
      window.location.assign(address);
    },
    body.address,
  );
  await say(page, 'other');
  await page.getByText('This is no answer of the provider').waitFor();
  const refused = await ask(page, 'POST', '/api-keys', {});
  assert.equal(refused.body.code, 'proof_needed');
});

test('an answer is worth something once, in the browser that asked, and only as it was given', async () => {
  const { page, context } = await browser.page();
  let sent;
  await page.route('**/api/v1/sessions/provider', async (route) => {
    sent = route.request().postDataJSON();
    await route.continue();
  });
  await byProvider(page, site, 'olga');
  await overview(page);
  await context.clearCookies({ name: 'tl_session' });
  const again = await ask(page, 'POST', '/sessions/provider', sent);
  assert.deepEqual([again.status, again.body.code], [409, 'ceremony_over']);
  const stranger = client(() => server.url);
  const elsewhere = await stranger.call('POST', '/sessions/provider', { body: sent });
  assert.deepEqual([elsewhere.status, elsewhere.body.code], [409, 'ceremony_over']);
  for (const change of [{ state: 'another' }, { iss: 'https://id.example' }, { code: 'made up' }]) {
    const begun = await ask(page, 'POST', '/sessions/provider/challenge', {});
    const state = new URL(begun.body.address).searchParams.get('state');
    const body = { provider: { code: 'x', state, iss: provider.issuer, ...change } };
    const refused = await ask(page, 'POST', '/sessions/provider', body);
    assert.deepEqual([refused.status, refused.body.code], [401, 'provider_refused'], Object.keys(change)[0]);
  }
});

test('groups make of a member what the operator says, and of an owner nothing', async () => {
  ACCOUNTS.olga.groups = ['sales'];
  await join(server, api, 'adam@optics.example', 'sem');
  const { page } = await linked(browser, site, { email: 'adam@optics.example' }, 'adam');
  const role = async () => (await ask(page, 'GET', '/me')).body.workspaces[0].role;
  assert.equal(await role(), 'sem');
  await byProviderAgain(page, 'adam');
  assert.equal(await role(), 'sales_manager');
  await byProviderAgain(page, 'olga');
  assert.equal(await role(), 'owner');
  const audit = await api.must('GET', '/audit');
  const acts = audit.items.map((entry) => entry.act);
  assert.ok(acts.includes('provider.linked') && acts.includes('member_role.changed'), String(acts));
});

/** Signs out here and at the provider, and in by it. */
async function byProviderAgain(page, account) {
  await page.context().clearCookies();
  await byProvider(page, site, account);
  await overview(page);
}

test('a second factor of the provider counts where the operator trusts it', async () => {
  await join(server, api, 'eva@optics.example', 'sem');
  const { page } = await linked(browser, site, { email: 'eva@optics.example' }, 'eva');
  const workspace = await api.must('GET', '/workspace');
  const headers = { 'If-Match': workspace.etag };
  await api.must('PATCH', '/workspace', { headers, body: { second_factor_roles: ['sem'] } });
  await page.context().clearCookies();
  await byProvider(page, site, 'eva');
  await overview(page);
  assert.equal((await ask(page, 'GET', '/members')).status, 403, 'the role decides, not the factor');
  assert.equal((await ask(page, 'GET', '/sites')).status, 200);
  const changed = (await api.must('GET', '/workspace')).etag;
  const nobody = { headers: { 'If-Match': changed }, body: { second_factor_roles: [] } };
  await api.must('PATCH', '/workspace', nobody);
});

test('whoever is invited joins by the provider, without a password', async () => {
  const body = { email: 'nina@optics.example', role: 'analyst' };
  const invited = await api.must('POST', '/invitations', { body });
  const { page } = await browser.page();
  await page.goto(`${site}/join#${invited.link.split('#')[1]}`);
  await button(page).click();
  await say(page, 'nina');
  await overview(page);
  const { user, workspaces } = (await ask(page, 'GET', '/me')).body;
  assert.deepEqual([user.name, user.is_email_verified], ['Nina', true]);
  assert.equal(workspaces[0].role, 'sales_manager');
});

test('an account that is unlinked signs nobody in, and other sessions end', async () => {
  const here = await browser.page();
  await signIn(here.page, site, owner);
  const elsewhere = await browser.page();
  await byProvider(elsewhere.page, site, 'olga');
  await overview(elsewhere.page);
  await profile(here.page);
  await shoot(here.page, 'oidc-profile');
  assert.deepEqual(await barriers(here.page), []);
  await here.page.getByRole('button', { name: 'Unlink' }).click();
  await here.page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await here.page.getByText('The account is unlinked.').waitFor();
  assert.equal((await ask(elsewhere.page, 'GET', '/me')).status, 401);
  await elsewhere.context.clearCookies();
  await byProvider(elsewhere.page, site, 'olga');
  await elsewhere.page.getByText('Nobody here has linked this account').waitFor();
});

test('a provider that is away keeps nobody out who has a password', async () => {
  await provider.close();
  await server.halt();
  await server.start();
  const { page } = await browser.page();
  await page.goto(`${site}/sign-in`);
  await button(page).click();
  await page.getByText('The provider does not answer as it should').waitFor();
  await signIn(page, site, owner);
  provider = undefined;
});
