// Money with VAT, and a report as it was known on a day: chosen on the screen, kept in the address,
// shown as long as it holds, and the same in the file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { day } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
const api = client(() => server.url);

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  const from = day(-1);
  await api.must('POST', '/manual-costs', {
    body: { name: 'Radio', channel_source: 'radio', from, to: from, amount: '1000', per: 'once' },
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function signedIn(options) {
  const { page, complaints } = await browser.page(options);
  await page.goto(`${server.url}/reports`);
  await page.getByLabel(/e-mail/i).fill(owner.email);
  await page.getByLabel(/password/i).fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('report-card').getByText('1,000').first().waitFor();
  complaints.length = 0;
  return { page, complaints };
}

/** The report as a CSV file. */
async function exported(page) {
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'CSV' }).click();
  return readFile(await (await download).path(), 'utf8');
}

test('money is shown with VAT on request, in the table, the file and the next screen', async () => {
  const { page, complaints } = await signedIn();
  assert.match(await exported(page), /\b1000\b/);
  await page.getByTestId('terms-picker').click();
  await page.getByLabel('Money').selectOption('gross');
  await page.keyboard.press('Escape');
  const card = page.getByTestId('report-card');
  await card.getByText('1,200').first().waitFor();
  assert.match(page.url(), /[?&]vat=gross/);
  assert.match(await exported(page), /\b1200\b/);
  await shoot(page, 'terms-gross');
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByTestId('kpi-cost').getByText('1,200').waitFor();
  await page.getByRole('button', { name: 'Remove filter: with VAT' }).click();
  await page.getByTestId('kpi-cost').getByText('1,000').waitFor();
  assert.doesNotMatch(page.url(), /vat=/);
  assert.equal(await page.getByTestId('term-chip').count(), 0);
  assert.deepEqual(complaints, []);
});

test('a report as known before the cost was told of knows nothing of it', async () => {
  const { page, complaints } = await signedIn({ viewport: phone });
  await page.getByRole('button', { name: 'How numbers are read' }).click();
  await page.getByLabel('As known on').fill(day(-2));
  await page.keyboard.press('Escape');
  await page.getByTestId('empty-state').waitFor();
  assert.ok(page.url().includes(`known=${day(-2)}`), page.url());
  assert.equal(await overflow(page), 0);
  await shoot(page, 'terms-known');
  await page.reload();
  const chip = page.getByTestId('term-chip');
  await chip.getByText('as known on').waitFor();
  await chip.getByRole('button').click();
  await page.getByTestId('report-card').getByText('1,000').first().waitFor();
  assert.deepEqual(complaints, []);
});
