// Notes on the charts: written on the Overview, seen in Reports, changed and taken away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, owner, setUp } from '../lib/api.mjs';
import { openBrowser, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  const api = client(() => server.url);
  await setUp(api);
  for (let day = 1; day < 20; day += 1) {
    await api.must('POST', '/manual-costs', {
      body: {
        name: 'Radio',
        channel_source: 'radio',
        from: daysAgo(day),
        to: daysAgo(day),
        amount: `${100 + day * 10}`,
        per: 'once',
      },
    });
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a note is written on the chart, read in the table, changed and deleted', async () => {
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel(/e-mail/i).fill(owner.email);
  await page.getByLabel(/password/i).fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Notes on the chart' }).waitFor();
  // Asking who is signed in was refused before anybody was.
  complaints.length = 0;

  await page.getByRole('button', { name: 'Notes on the chart' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nothing is noted').waitFor();
  await dialog.getByLabel('Day').fill(daysAgo(5));
  await dialog.getByRole('button', { name: 'Add a note' }).click();
  await dialog.getByText('Fill this in.').first().waitFor();
  await dialog.getByLabel('What happened').fill('New prices on lenses');
  await dialog.getByRole('button', { name: 'Add a note' }).click();
  await dialog.getByText('New prices on lenses').waitFor();
  await shoot(page, 'annotation-dialog');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await shoot(page, 'annotation-overview');

  await page.goto(`${server.url}/reports`);
  await page.locator('label', { has: page.getByRole('radio', { name: 'Table' }) }).click();
  await page.getByRole('cell', { name: 'New prices on lenses' }).waitFor();
  await shoot(page, 'annotation-table');

  await page.getByRole('button', { name: 'Notes on the chart' }).click();
  await dialog.getByRole('button', { name: 'Edit: New prices on lenses' }).click();
  await dialog.getByLabel('What happened').fill('Prices of lenses up');
  await dialog.getByRole('button', { name: 'Save the note' }).click();
  await dialog.getByText('Prices of lenses up').waitFor();
  await dialog.getByRole('button', { name: 'Delete: Prices of lenses up' }).click();
  await dialog.getByText('Nothing is noted').waitFor();
  assert.deepEqual(complaints, []);

  await page.setViewportSize(phone);
  await shoot(page, 'annotation-phone');
});
