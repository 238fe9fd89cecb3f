// Exchange rates out of central banks' files: read by the server, the screen and the command, kept
// digit for digit, and used for money.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const CBR =
  '<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="20.11.2015" name="Foreign Currency Market">' +
  '<Valute ID="R01235"><NumCode>840</NumCode><CharCode>USD</CharCode><Nominal>1</Nominal><Name>US</Name><Value>80,9448</Value></Valute>' +
  '<Valute ID="R01150"><NumCode>704</NumCode><CharCode>VND</CharCode><Nominal>10000</Nominal><Name>VN</Name><Value>33,0412</Value></Valute>' +
  '</ValCurs>';
const ECB = 'Date,USD,JPY,CYP,\n2015-11-20,1.0567,163.1,N/A,\n2015-11-19,1.06o1,162.9,N/A,\n';
const NBP =
  'data;1USD;100HUF;nr tabeli;pełny numer tabeli;\n;dolar;forint;;;\n20151120;4,0498;1,0601;225;225/A/NBP/2015;\n';

async function read(content, wanted = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(wanted)) form.set(name, value);
  form.set('file', new Blob([content]), 'rates');
  return api.call('POST', '/exchange-rates/read', { form });
}

test('a file is read, kept as it is quoted, and used for money', async () => {
  const { status, body } = await read(CBR);
  assert.equal(status, 200);
  assert.deepEqual(
    [body.bank, body.from, body.wanted, body.added, body.changed, body.faults_total],
    ['cbr', '2015-11-20', 2, 2, 0, 0],
  );
  const dong = { date: '2015-11-20', from: 'VND', to: 'RUB', rate: '33.0412', nominal: 10000 };
  assert.deepEqual(body.items.find((item) => item.from === 'VND'), dong);
  const { etag } = await api.must('GET', '/exchange-rates');
  await api.must('PUT', '/exchange-rates', {
    headers: { 'If-Match': etag },
    body: { items: body.items },
  });
  assert.deepEqual((await read(CBR)).body.added, 0);
  // 20,000,000 VND at 33.0412 for 10,000.
  const cost = 'Day,Campaign,Source,Currency,Cost\n2015-11-21,Lenses,vk,VND,20000000\n';
  assert.equal((await importFile(api, 'costs', 'dong.csv', cost)).rows_accepted, 1);
  const question = { metrics: ['cost'], period: { from: '2015-11-21', to: '2015-11-21' } };
  await eventually(async () => (await table(api, question)).totals.cost === '66082.40');
});

test('what is wrong with a file is said by its row and field', async () => {
  const { body } = await read(ECB, { currencies: 'USD', from: '2015-11-20' });
  assert.deepEqual(body.items.map((item) => [item.from, item.to, item.rate]), [['EUR', 'USD', '1.0567']]);
  assert.deepEqual(
    body.faults.map((fault) => [fault.row, fault.field, fault.code]),
    [[3, 'rate', 'not_above_zero']],
  );
  const refused = async (content, wanted) => {
    const { status, body } = await read(content, wanted);
    return [status, body.errors?.[0]?.code ?? body.code];
  };
  assert.deepEqual(await refused('Day,Cost\n1,2\n'), [422, 'unknown_bank']);
  assert.deepEqual(await refused(CBR.slice(0, 200)), [422, 'damaged_rates']);
  assert.deepEqual(await refused('[{"table":"C","rates":[]}]'), [422, 'not_middle_rates']);
  assert.deepEqual(await refused(CBR, { currencies: 'roubles' }), [422, 'invalid_input']);
  assert.deepEqual(await refused(CBR, { from: 'once' }), [422, 'invalid_input']);
});

test('the screen shows what a file says and saves what is chosen', async () => {
  const { page, complaints } = await signedIn(browser, server.url, owner);
  await page.goto(`${server.url}/settings?tab=rates`);
  await page.getByText('10,000 VND → RUB').waitFor();
  await page.getByRole('button', { name: 'Import a bank’s file' }).click();
  const dialog = page.getByRole('dialog');
  const choose = (name, content) =>
    dialog
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
  await choose('costs.csv', 'Day,Cost\n1,2\n');
  await dialog.getByText('This is no file of rates').waitFor();
  complaints.length = 0;
  await choose('eurofxref.csv', ECB);
  await dialog.getByText('European Central Bank').waitFor();
  await dialog.getByText('Row 3, rate: This is no number above zero.').waitFor();
  // Dollars are known here, yens are not.
  await dialog.getByRole('button', { name: 'Save 1 rate' }).waitFor();
  await dialog.getByLabel('JPY').check();
  await dialog.getByRole('button', { name: 'Save 3 rates' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'rates-of-bank');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'rates-of-bank-phone');
  await page.setViewportSize({ width: 1440, height: 1000 });
  await dialog.getByRole('button', { name: 'Save 3 rates' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('EUR → USD').waitFor();
  const { items } = await api.must('GET', '/exchange-rates');
  const euros = items.filter((item) => item.from === 'EUR');
  assert.deepEqual(
    euros.map((item) => `${item.date} ${item.to} ${item.rate}`).sort(),
    ['2015-11-19 JPY 162.9', '2015-11-20 JPY 163.1', '2015-11-20 USD 1.0567'],
  );
  assert.deepEqual(complaints, []);
});

test('the command reads a file too', async () => {
  const file = path.join(server.folder, 'nbp.csv');
  writeFileSync(file, NBP);
  const words = ['rates', file, '--currency', 'HUF', '--json'];
  const printed = await server.offline([...words, '--dry-run'], words);
  const told = { bank: 'nbp', rates: 1, new: 1, changed: 0, left_out: 0 };
  assert.deepEqual(
    printed.map((text) => JSON.parse(text)),
    [{ ...told, kept: false }, { ...told, kept: true }],
  );
  const { items } = await api.must('GET', '/exchange-rates?currency=HUF');
  assert.deepEqual(items, [
    { date: '2015-11-20', from: 'HUF', to: 'PLN', rate: '1.0601', nominal: 100 },
  ]);
});
