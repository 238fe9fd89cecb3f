// Webhooks in: other programs' messages, signed by the specification's own library.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { apiKey, client, setUp } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const MINUTE_MS = 60_000;

let server;
let browser;
let api;
let key;
let secret;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
  key = await api.must('POST', '/api-keys', { body: { name: 'shop', scopes: ['deals', 'leads'] } });
  ({ secret } = await api.must('POST', `/api-keys/${key.id}/signing-secret`));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends a message as a program does that signs with `with`; `change` is done to it afterwards. */
async function send(door, content, { id, at = new Date(), by = key.id, signedWith = secret, change } = {}) {
  const body = JSON.stringify(content);
  const headers = {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(signedWith).sign(id, at, body),
  };
  const message = { body, headers };
  change?.(message);
  const query = by === null ? '' : `?key=${by}`;
  const answer = await fetch(`${server.url}/api/v1${door}${query}`, { method: 'POST', ...message });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const deal = (id, fields) => ({
  external_id: id, status: 'won', amount: '8000.00', currency: 'RUB', created_at: '2026-05-04T10:00:00Z', ...fields,
});
const dealsHere = async () => (await api.must('GET', '/deals')).items.map((one) => one.external_id).sort();

test('what a program signs is taken without its key, bare or in an envelope', async () => {
  const bare = await send('/deals', { items: [deal('D-1')] }, { id: 'msg_1' });
  assert.deepEqual([bare.status, bare.body.items[0].result], [200, 'created']);
  const data = { items: [deal('D-2')] };
  const envelope = { type: 'order.paid', timestamp: '2026-05-04T10:00:00Z', data };
  const wrapped = await send('/deals', envelope, { id: 'msg_2' });
  assert.deepEqual([wrapped.status, wrapped.body.items[0].result], [200, 'created']);
  const lead = await send('/leads', { phone: '+79161234567', name: 'Anna' }, { id: 'msg_3' });
  assert.equal(lead.status, 201, JSON.stringify(lead.body));
  const payment = { external_id: 'P-1', deal_external_id: 'D-1', kind: 'payment', amount: '8000.00', at: '2026-05-05T10:00:00Z' };
  const paid = await send('/payments', { items: [payment] }, { id: 'msg_4' });
  assert.deepEqual([paid.status, paid.body.items[0].result], [200, 'created']);
  assert.deepEqual(await dealsHere(), ['D-1', 'D-2']);
  const { items } = await api.must('GET', '/audit?act=lead.received');
  assert.equal(items[0].actor_name, 'shop');
  const [used] = (await api.must('GET', '/api-keys')).items;
  assert.ok(used.last_used_at);
});

test('a message is worth one piece of work, however often it is delivered', async () => {
  const content = { phone: '+79161230001', name: 'Once' };
  const first = await send('/leads', content, { id: 'msg_once' });
  const again = await send('/leads', content, { id: 'msg_once' });
  assert.equal(again.body.id, first.body.id);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  const elsewhere = await send('/deals', { items: [deal('D-9')] }, { id: 'msg_once' });
  assert.deepEqual([elsewhere.status, elsewhere.body.code], [409, 'key_reused']);
});

test('two programs may call their messages alike', async () => {
  const other = await api.must('POST', '/api-keys', { body: { name: 'forms', scopes: ['leads'] } });
  const { secret: signedWith } = await api.must('POST', `/api-keys/${other.id}/signing-secret`);
  const content = { phone: '+79161230009', name: 'Alike' };
  const ids = [];
  for (const how of [{}, { by: other.id, signedWith }]) {
    const answer = await send('/leads', content, { id: '1001', ...how });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    ids.push(answer.body.id);
  }
  assert.equal(new Set(ids).size, 2);
});

test('nothing is taken that was not signed so, by this key, just now', async () => {
  const content = { items: [deal('D-no')] };
  const refused = async (how, code = 'bad_signature') => {
    const answer = await send('/deals', content, { id: 'msg_no', ...how });
    assert.deepEqual([answer.status, answer.body.code], [401, code], JSON.stringify(answer.body));
  };
  const other = await api.must('POST', '/api-keys', { body: { name: 'other', scopes: ['deals'] } });
  await refused({ change: (message) => (message.body = message.body.replace('8000', '9000')) });
  await refused({ change: ({ headers }) => (headers['webhook-id'] = 'msg_other') });
  await refused({ change: ({ headers }) => (headers['webhook-id'] = 'msg.no') });
  await refused({ change: ({ headers }) => delete headers['webhook-timestamp'] });
  await refused({ at: new Date(Date.now() - 6 * MINUTE_MS) });
  await refused({ at: new Date(Date.now() + 6 * MINUTE_MS) });
  await refused({ signedWith: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  await refused({ by: other.id });
  await refused({ by: 987_654_321 });
  await refused({ by: null }, 'unauthenticated');
  // A right key beside a wrong signature is a wrong signature.
  const bearer = await apiKey(api);
  await refused({
    change: (message) => Object.assign(message.headers, bearer, { 'webhook-signature': 'v1,AAAA' }),
  });
  assert.ok(!(await dealsHere()).includes('D-no'));
});

test('a key signs for what it may do, by its newest secret, until it is revoked', async () => {
  const shop = await api.must('POST', '/api-keys', { body: { name: 'forms', scopes: ['leads'] } });
  const path = `/api-keys/${shop.id}/signing-secret`;
  const { secret: first } = await api.must('POST', path);
  const beyond = await send('/deals', { items: [deal('D-8')] }, { id: 'msg_8', by: shop.id, signedWith: first });
  assert.deepEqual([beyond.status, beyond.body.code], [403, 'forbidden']);
  const { secret: second } = await api.must('POST', path);
  const content = { phone: '+79161230002', name: 'Two' };
  const lead = (signedWith, id) => send('/leads', content, { id, by: shop.id, signedWith });
  assert.equal((await lead(first, 'msg_9')).body.code, 'bad_signature');
  assert.equal((await lead(second, 'msg_10')).status, 201);
  await api.must('DELETE', `/api-keys/${shop.id}`);
  assert.equal((await lead(second, 'msg_11')).body.code, 'bad_signature');
  assert.equal((await api.call('POST', path)).status, 404);
});

test('a message that is too long is refused before it is believed', async () => {
  const content = { items: [deal('D-7', { note: 'x'.repeat(600_000) })] };
  const answer = await send('/deals', content, { id: 'msg_12' });
  assert.deepEqual([answer.status, answer.body.code], [413, 'body_too_large']);
});

test('the settings give a key its secret to sign with, and the address', async () => {
  for (const viewport of [desktop, phone]) {
    const { page, context } = await browser.page({ viewport });
    const [name, value] = api.cookie.split('=');
    await context.addCookies([{ name, value, url: server.url }]);
    await page.goto(`${server.url}/settings?tab=keys`);
    await page.getByRole('button', { name: 'Sign requests' }).last().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make a secret' }).click();
    const given = dialog.getByText(/^whsec_/);
    await given.waitFor();
    await dialog.getByText(`${server.url}/api/v1/leads?key=${key.id}`).waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.equal(await overflow(page), 0);
    await shoot(page, `webhooks-in-${viewport.width}`);
    const signedWith = await given.textContent();
    const lead = { phone: '+79161230003', name: 'Three' };
    const answer = await send('/leads', lead, { id: `msg_${viewport.width}`, signedWith });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
});
