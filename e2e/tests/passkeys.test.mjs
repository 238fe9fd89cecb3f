// Passkeys in a real browser with a virtual authenticator: added, signed in and proved by, refused
// where they are not what was asked for, and removed.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { PASSWORD, fillIn, join } from '../lib/people.mjs';
import { freePort, startServer } from '../lib/server.mjs';

const USED = 1;
const LOOKED_AT = 4;

const env = { THROUGHLINE__SIGN_IN__ATTEMPTS_MAX: '100' };
let server;
let browser;
let api;
let site;

before(async () => {
  const port = await freePort();
  // Passkeys want a name, and browsers trust this one.
  site = `http://localhost:${port}`;
  env.THROUGHLINE__SERVER__LISTEN = `127.0.0.1:${port}`;
  env.THROUGHLINE__SERVER__BASE_URL = site;
  server = await startServer({ env });
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page whose browser has a device that looks who uses it. */
async function device(options) {
  const opened = await browser.page(options);
  const cdp = await opened.context.newCDPSession(opened.page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const credentials = async () =>
    (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  const verified = (isUserVerified) =>
    cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  return { ...opened, credentials, verified };
}

const overview = (page) => page.getByRole('heading', { name: 'Overview' }).first().waitFor();
const profile = (page) => page.goto(`${site}/settings?tab=profile`);

async function addPasskey(page, name) {
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name of the device').fill(name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
}

/** Somebody whose page has added their first passkey; what their device keeps. */
async function withPasskey(email) {
  const person = await join(server, api, email, 'sem');
  const held = await device();
  await fillIn(held.page, site, { email });
  await overview(held.page);
  await profile(held.page);
  await addPasskey(held.page, 'Laptop');
  const codes = (await held.page.getByLabel('Recovery codes').textContent()).split('\n');
  await held.page.getByRole('button', { name: 'I have kept them' }).click();
  await held.page.getByRole('list', { name: 'Passkeys' }).getByText('Laptop').waitFor();
  const [credential] = await held.credentials();
  return { ...held, person, codes, credential };
}

const sha256 = (data) => createHash('sha256').update(data).digest();
const base64url = (base64) => Buffer.from(base64, 'base64').toString('base64url');

/** What a device answers with a key that was taken out of it. */
function answer(credential, challenge, { origin = site, name = 'localhost', count, flags } = {}) {
  const told = { type: 'webauthn.get', challenge, origin, crossOrigin: false };
  const clientData = Buffer.from(JSON.stringify(told));
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(count);
  const data = Buffer.concat([sha256(name), Buffer.from([flags ?? USED | LOOKED_AT]), counter]);
  const der = Buffer.from(credential.privateKey, 'base64');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), key);
  return {
    id: base64url(credential.credentialId),
    rawId: base64url(credential.credentialId),
    type: 'public-key',
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: base64url(credential.userHandle),
    },
    clientExtensionResults: {},
  };
}

/** Signs in with such an answer; the status and code, and who has asked. */
async function answering(credential, options) {
  const stranger = client(() => server.url);
  const { options: asked } = await stranger.must('POST', '/sessions/passkey/challenge');
  const passkey = answer(credential, options.challenge ?? asked.challenge, options);
  const { status, body } = await stranger.call('POST', '/sessions/passkey', { body: { passkey } });
  return { got: [status, body.code], passkey, challenge: asked.challenge, stranger };
}

test('a passkey is added, signs in without a password, and is removed', async () => {
  const email = 'ola@optics.example';
  const { page, person, credentials, complaints, codes } = await withPasskey(email);
  assert.equal(codes.length, 10);
  assert.equal((await person.call('GET', '/me')).status, 401, 'other sessions have ended');
  assert.equal((await credentials()).length, 1);
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'passkeys');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'passkeys-phone');
  await page.setViewportSize({ width: 1440, height: 1000 });

  await addPasskey(page, 'Laptop again');
  await page.getByText('has a passkey for your account already').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Work laptop');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await page.getByRole('list', { name: 'Passkeys' }).getByText('Work laptop').waitFor();

  const leave = async () => {
    await page.evaluate(() => fetch('/api/v1/sessions/current', { method: 'DELETE' }));
    await page.goto(`${site}/sign-in`);
  };
  await leave();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'passkey-sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await overview(page);
  await page.goto(`${site}/settings?tab=sessions`);
  await page.getByRole('cell', { name: 'Passkey' }).waitFor();

  // The password alone is not enough any more; a passkey or a recovery code has to come with it.
  await leave();
  await fillIn(page, site, { email });
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('was used before').waitFor();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await overview(page);
  const credentialsOf = (code) => ({ email, password: PASSWORD, code });
  const again = client(() => server.url);
  await again.must('POST', '/sessions', { body: credentialsOf(codes[0]) });

  await profile(page);
  await page.getByText('9 recovery codes left').waitFor();
  await page.getByRole('button', { name: 'Remove Work laptop' }).click();
  await page.getByRole('button', { name: 'Remove passkey' }).click();
  await page.getByText('with the fingerprint, face or PIN').waitFor();
  assert.equal((await again.call('GET', '/me')).status, 401, 'other sessions have ended');
  await leave();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('passkey is not known here').waitFor();
  const alone = await client(() => server.url).call('POST', '/sessions', {
    body: credentialsOf(undefined),
  });
  assert.equal(alone.status, 201, 'nothing but the password is left');
  assert.deepEqual(complaints.filter((each) => !/40[19]/.test(each)), []);
  const acts = (await api.must('GET', '/audit?limit=200')).items.map(({ act }) => act);
  for (const act of ['passkey.added', 'passkey.renamed', 'passkey.removed']) {
    assert.ok(acts.includes(act), act);
  }
});

test('only the answer to what this browser was asked lets in, and only once', async () => {
  const { credential, page, verified } = await withPasskey('jan@optics.example');
  const refused = [401, 'passkey_refused'];
  const over = [409, 'ceremony_over'];
  let count = credential.signCount;
  const next = () => (count += 1);
  const asked = (options) => answering(credential, { count: next(), ...options });
  assert.deepEqual((await asked({ origin: 'https://evil.example' })).got, refused);
  assert.deepEqual((await asked({ origin: site.replace(/\d+$/, '1') })).got, refused);
  assert.deepEqual((await asked({ name: 'evil.example' })).got, refused);
  assert.deepEqual((await asked({ flags: USED })).got, refused, 'nobody was looked at');
  assert.deepEqual((await asked({ flags: 0 })).got, refused);
  const strange = { ...credential, userHandle: Buffer.alloc(16).toString('base64') };
  assert.deepEqual((await answering(strange, { count: next() })).got, refused);

  const wrong = (await api.must('GET', '/audit?act=passkey.refused')).items;
  assert.equal(wrong.length, 5, 'each wrong answer for a known passkey is noted');
  assert.equal(wrong[0].actor_name, 'jan@optics.example');

  const first = await asked({});
  assert.equal(first.got[0], 201);
  const replayed = { body: { passkey: first.passkey } };
  const second = client(() => server.url);
  const say = async () => {
    const { status, body } = await second.call('POST', '/sessions/passkey', replayed);
    return [status, body.code];
  };
  assert.deepEqual(await say(), over, 'this browser has begun nothing');
  await second.must('POST', '/sessions/passkey/challenge');
  assert.deepEqual(await say(), refused, 'this browser was asked something else');
  assert.deepEqual(await say(), over, 'what was begun is used up by a refusal too');
  const old = await asked({ challenge: first.challenge });
  assert.deepEqual(old.got, refused);

  // A device that counts on from an earlier number is another one with the same key.
  assert.deepEqual((await answering(credential, { count: 1 })).got, refused);
  const [doubt] = (await api.must('GET', '/audit?act=passkey.doubted')).items;
  assert.equal(doubt.actor_name, 'jan@optics.example');
  assert.equal((await asked({})).got[0], 201, 'the right one goes on');

  // A session that was begun by a passkey ends like any other.
  const one = await asked({});
  const mine = (await one.stranger.must('GET', '/sessions')).items;
  assert.deepEqual([...new Set(mine.map((each) => each.signed_in_by))].sort(), [
    'passkey',
    'password',
  ]);
  const { id } = mine.find((each) => each.current);
  await first.stranger.must('DELETE', `/sessions/${id}`);
  assert.equal((await one.stranger.call('GET', '/me')).status, 401);

  // At another name for the same server the browser itself refuses.
  await page.evaluate(() => fetch('/api/v1/sessions/current', { method: 'DELETE' }));
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('belong to the address').waitFor();
  await page.goto(`${site}/sign-in`);
  await verified(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('No passkey was given').waitFor();
});

test('a passkey is the second factor that a role is asked for, and nobody else can use it', async () => {
  const { person, page, credential } = await withPasskey('ewa@optics.example');
  const { credential: own } = await withPasskey('uma@optics.example');
  assert.equal((await person.call('GET', '/me')).status, 401);
  const workspace = await api.call('GET', '/workspace');
  const headers = { 'If-Match': workspace.body.etag };
  const body = { second_factor_roles: ['sem'] };
  const asking = await api.must('PATCH', '/workspace', { headers, body });
  await page.goto(`${site}/`);
  await overview(page);
  const bare = await join(server, api, 'iwo@optics.example', 'sem');
  assert.equal((await bare.call('GET', '/links')).body.code, 'second_factor_required');
  const people = (await api.must('GET', '/members')).items;
  const has = (email) => people.find((each) => each.email === email).has_second_factor;
  assert.deepEqual([has('ewa@optics.example'), has('iwo@optics.example')], [true, false]);
  const none = await bare.call('POST', '/sessions/proof/challenge');
  assert.equal(none.status, 404);

  // Another person's session is not proved by it.
  const other = await answering(own, { count: own.signCount + 1 });
  const { options } = await other.stranger.must('POST', '/sessions/proof/challenge');
  const count = credential.signCount + 1;
  const passkey = answer(credential, options.challenge, { count });
  const foreign = await other.stranger.call('POST', '/sessions/proof', { body: { passkey } });
  assert.deepEqual([foreign.status, foreign.body.code], [401, 'passkey_refused']);
  assert.equal((await other.stranger.call('GET', '/me')).status, 200, 'the session stays');
  await api.must('PATCH', '/workspace', {
    headers: { 'If-Match': asking.etag },
    body: { second_factor_roles: [] },
  });
});

test('a passkey proves that it is the person', async () => {
  const { page } = await withPasskey('ida@optics.example');
  await server.halt();
  env.THROUGHLINE__SIGN_IN__PROOF_S = '5';
  await server.start();
  await page.reload();
  await page.getByRole('button', { name: 'Remove Laptop' }).click();
  const old = () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/me/passkeys/challenge', { method: 'POST' });
      return (await answer.json()).code === 'proof_needed';
    });
  await eventually(old, { tries: 2_000 });
  await page.getByRole('button', { name: 'Remove passkey' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByRole('button', { name: 'Use a passkey' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'passkey-proof');
  await dialog.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByText('with the fingerprint, face or PIN').waitFor();
  await api.must('POST', '/sessions/proof', { body: { password: owner.password } });
  const [proved] = (await api.must('GET', '/audit?act=session.proved&limit=2')).items.filter(
    (entry) => entry.actor_name === 'ida@optics.example',
  );
  assert.deepEqual(proved.details, { by: 'passkey' });
});

test('without a name there are no passkeys, and the check-up says why', async () => {
  const bare = await startServer();
  try {
    const person = client(() => bare.url);
    await setUp(person);
    assert.equal((await person.must('GET', '/setup')).has_passkeys, false);
    const refused = await person.call('POST', '/me/passkeys/challenge');
    assert.deepEqual([refused.status, refused.body.code], [409, 'no_passkeys_here']);
    assert.match(bare.command('doctor').stdout, /passkeys +nobody can use them: .*number/);
  } finally {
    await bare.stop();
  }
});
