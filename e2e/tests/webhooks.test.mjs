// Webhooks, with a receiver that checks signatures by the specification's own library.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { client, setUp, speak } from '../lib/api.mjs';
import { barriers, desktop, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let receiver;
let server;
let browser;
let api;
/** What the receiver answers, and what it was sent. */
let answer = 204;
const heard = [];
const waiting = [];

before(async () => {
  receiver = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      waiting.shift()?.();
      response.writeHead(answer).end();
    });
  });
  await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready));
  server = await startServer({ env: { THROUGHLINE__OUTBOUND__ALLOW: '127.0.0.0/8' } });
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  receiver?.close();
});

/** The next message that the receiver has not been asked for yet. */
async function next() {
  if (heard.length === 0) await new Promise((come) => waiting.push(come));
  return heard.shift();
}

async function signedIn(viewport) {
  const { page, context } = await browser.page({ viewport });
  const [name, value] = api.cookie.split('=');
  await context.addCookies([{ name, value, url: server.url }]);
  return page;
}

test('a webhook is made in the settings, tried, and told of leads', async () => {
  const page = await signedIn(desktop);
  await page.goto(`${server.url}/settings?tab=webhooks`);
  await page.getByRole('button', { name: 'New webhook' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('http://169.254.169.254/latest/meta-data');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('leads into a private network').waitFor();
  const url = `http://127.0.0.1:${receiver.address().port}/hooks`;
  await dialog.getByLabel('Address').fill(url);
  await dialog.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('dialog', { name: 'Signing secret' });
  const secret = await shown.locator('pre').textContent();
  assert.match(secret, /^whsec_/);
  await shown.getByRole('button', { name: 'Done' }).click();
  const signed = new Webhook(secret);

  await page.getByRole('button', { name: 'Messages' }).click();
  const drawer = page.getByTestId('webhook');
  await drawer.getByText('No messages yet').waitFor();
  await drawer.getByRole('button', { name: 'Send a test message' }).click();
  const tried = await next();
  assert.equal(signed.verify(tried.body, tried.headers).type, 'webhook.test');

  const lead = await api.must('POST', '/leads', { body: { phone: '+79161234567', name: 'Anna' } });
  const told = await next();
  const message = signed.verify(told.body, told.headers);
  assert.equal(message.type, 'lead.created');
  assert.equal(message.data.lead.id, lead.id);
  assert.equal(told.body.includes('9161234567') || told.body.includes('Anna'), false);
  assert.throws(() => signed.verify(`${told.body} `, told.headers));

  answer = 500;
  const etag = (await api.call('GET', `/leads/${lead.id}`)).headers.get('etag');
  const changed = { status: 'qualified' };
  await api.must('PATCH', `/leads/${lead.id}`, { body: changed, headers: { 'if-match': etag } });
  const refused = await next();
  answer = 204;
  await drawer.getByRole('button', { name: 'Refresh' }).click();
  await drawer.getByText('answer 500').first().waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'webhook-messages');
  await drawer.getByRole('button', { name: 'Send again' }).first().click();
  const again = await next();
  assert.equal(again.headers['webhook-id'], refused.headers['webhook-id']);
  assert.deepEqual(JSON.parse(again.body).data.lead.previous_status, 'new');
});

test('the list fits a phone and reads in Russian', async () => {
  await speak(api, 'ru');
  const page = await signedIn(phone);
  await page.goto(`${server.url}/settings?tab=webhooks`);
  await page.getByRole('button', { name: 'Сообщения' }).waitFor();
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'webhooks-phone');
});
