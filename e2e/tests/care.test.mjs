// Nothing is lost by one careless click, and what was typed is never swapped behind one's back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp, speak } from '../lib/api.mjs';
import { openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
let page;
const api = client(() => server.url);

async function signedIn(options) {
  const opened = await browser.page(options);
  await opened.page.goto(server.url);
  await opened.page.getByLabel(/e-mail/i).fill(owner.email);
  await opened.page.getByLabel(/password/i).fill(owner.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.getByRole('navigation').first().waitFor();
  return opened.page;
}

before(async () => {
  server = await startServer();
  await setUp(api);
  browser = await openBrowser();
  page = await signedIn();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a channel goes only after its rules have another, and the rules can still be changed', async () => {
  const channels = (await api.must('GET', '/channels')).items;
  const rules = await api.must('GET', '/channel-rules');
  const goes = channels.find(
    (one) =>
      rules.rules.some((rule) => rule.channel_id === one.id) &&
      !channels.some((below) => below.parent_id === one.id),
  );
  const stays = channels.find((one) => one.id !== goes.id);
  const count = rules.rules.filter((rule) => rule.channel_id === goes.id).length;
  const without = await api.call('DELETE', `/channels/${goes.id}`, { headers: { 'If-Match': goes.etag } });
  assert.deepEqual([without.status, without.body.code], [409, 'has_rules']);

  await page.goto(`${server.url}/channels`);
  const row = page.getByTestId('channel-tree').locator('li', { hasText: goes.name }).first();
  await row.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`${count} rule`).waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true);
  await dialog.getByLabel('Move the rules to').selectOption(String(stays.id));
  await shoot(page, 'channel-delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText(`“${goes.name}” is deleted`).waitFor();
  const now = await api.must('GET', '/channel-rules');
  assert.equal(now.rules.some((rule) => rule.channel_id === goes.id), false);
  const moved = now.rules.filter((rule) => rule.channel_id === stays.id).length;
  assert.ok(moved >= count);
  await page.goto(`${server.url}/channels?tab=rules`);
  await page.getByTestId('rules').getByLabel('Name of the rule').first().fill('Renamed');
  await page.getByRole('button', { name: 'See changes' }).click();
  await page.getByTestId('rules-preview').waitFor();
});

test('an archived link comes back by the undo, and later by its own button', async () => {
  const link = await api.must('POST', '/links', {
    body: { name: 'Spring leaflet', slug: 'spring', target: 'https://optics.example/spring' },
  });
  await page.goto(`${server.url}/links`);
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByText('its address no longer leads').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('is in use again').first().waitFor();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByLabel('Archived too').check();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await eventually(async () => !(await api.must('GET', `/links/${link.id}`)).archived);
  const small = await signedIn({ viewport: phone });
  await small.goto(`${server.url}/links`);
  await small.getByText('0 clicks in 30 days').waitFor();
  await small.getByRole('button', { name: 'Copy the address' }).waitFor();
  assert.equal(await overflow(small), 0);
});

test('a currency that does not exist stays as it was typed, marked, and is not saved', async () => {
  await page.goto(`${server.url}/settings?tab=workspace`);
  const currency = page.getByLabel('Reporting currency');
  await currency.fill('dollars');
  await page.keyboard.press('Tab');
  await page.getByText('Choose one from the list.').waitFor();
  assert.equal(await currency.inputValue(), 'dollars');
  await page.getByRole('button', { name: 'Save' }).click();
  await eventually(async () => (await currency.getAttribute('aria-invalid')) === 'true');
  assert.equal((await api.must('GET', '/workspace')).currency, 'RUB');
  await currency.fill('us dollar');
  await page.keyboard.press('Tab');
  assert.equal(await currency.inputValue(), 'USD');
});

test('deals are found by text and status, and what is found is summed', async () => {
  const deal = (external_id, status, amount) => ({
    external_id,
    title: `Order ${external_id}`,
    status,
    amount,
    created_at: new Date(Date.now() - 3_600_000).toISOString(),
  });
  const items = [deal('A-1', 'Paid', '1000'), deal('A-2', 'Paid', '500'), deal('B-1', 'Lost', '70')];
  await api.must('POST', '/deals', { body: { items } });
  await page.goto(`${server.url}/deals`);
  const sum = page.getByTestId('deals-sum');
  await sum.getByText('3 deals: ₽1,570').waitFor();
  await page.getByLabel('Status').selectOption('Paid');
  await sum.getByText('2 deals: ₽1,500').waitFor();
  await page.getByLabel('Title or number').fill('a-2');
  await sum.getByText('1 deal: ₽500').waitFor();
  await page.getByText('Order A-2').waitFor();
  assert.equal(await page.getByText('Order A-1').count(), 0);
  await page.getByRole('button', { name: 'Order A-2' }).click();
  await page.getByTestId('deal').getByText('₽500.00').waitFor();
  await page.getByTestId('deal-payments').getByText('None was reported.').waitFor();
  await page.keyboard.press('Escape');
  const at = new Date().toISOString();
  const payment = (external_id, kind, amount) => ({
    external_id,
    deal_external_id: 'A-2',
    kind,
    amount,
    at,
  });
  const paid = [payment('P-1', 'payment', '500'), payment('P-2', 'chargeback', '120')];
  await api.must('POST', '/payments', { body: { items: paid } });
  await page.getByRole('button', { name: 'Order A-2' }).click();
  const payments = page.getByTestId('deal-payments');
  await payments.getByText('₽120.00').waitFor();
  assert.deepEqual(
    (await payments.getByRole('listitem').allInnerTexts()).map((text) => text.split('\n')[0]),
    ['Payment', 'Chargeback'],
  );
});

test('a form for an amount says whether it holds VAT', async () => {
  const { etag } = await api.must('GET', '/workspace');
  const entered = { name: 'Poster', channel_source: 'billboard', amount: '90', per: 'once' };
  const days = { from: '2026-05-01', to: '2026-05-01' };
  const cost = await api.must('POST', '/manual-costs', { body: { ...entered, ...days } });
  assert.equal(cost.vat_mode, 'net');
  const headers = { 'If-Match': etag };
  await api.must('PATCH', '/workspace', { headers, body: { vat_mode: 'gross' } });
  await page.goto(`${server.url}/costs?tab=manual`);
  await page.getByRole('button', { name: 'New cost' }).click();
  await page.getByRole('dialog').getByText('With VAT, as the settings have it').waitFor();
  await page.keyboard.press('Escape');
  // An older cost keeps how its amount was read.
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByText('Without VAT, as it was entered').waitFor();
});

test('the form to paste speaks the language of who pastes it', async () => {
  const form = async (language) => {
    await speak(api, language);
    return (await api.must('GET', '/sites/1/snippet')).form_html;
  };
  assert.match(await form('pl'), /placeholder="Imię"[\s\S]*Wyślij/);
  assert.match(await form('ru'), /placeholder="Телефон"[\s\S]*Отправить/);
  assert.match(await form('en'), /placeholder="Name"[\s\S]*Send/);
});
