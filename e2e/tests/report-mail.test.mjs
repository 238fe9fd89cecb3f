// Reports by mail: scheduled on the screen, tried at once, listed and switched off.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { hire, mail as addressOf, signIn, somebody } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const VIEW = {
  screen: 'reports',
  period: { moving: 'last_7' },
  metrics: ['visits', 'leads'],
  dimensions: ['channel'],
};

let server;
let api;
let browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
  await hire(server, api, ['accountant', 'seo']);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The reports that were mailed. */
async function mailed() {
  const folder = path.join(server.folder, 'mail');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('report-'));
  return Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
}

test('a view is sent by mail, first as a test, and switched off', async () => {
  await api.must('POST', '/saved-views', { body: { name: 'Weekly channels', is_shared: true, view: VIEW } });
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitemradio', { name: 'Weekly channels' }).click();
  await page.waitForURL(/view=/);
  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitem', { name: 'Send by mail…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(owner.email).waitFor();
  await dialog.getByLabel('Day', { exact: true }).selectOption({ label: 'Friday' });
  await dialog.getByLabel('At', { exact: true }).fill('08:30');
  await dialog.getByLabel('Tell webhooks too').check();
  await shoot(page, 'schedule-dialog');
  assert.deepEqual(await barriers(page), []);
  await dialog.getByRole('button', { name: 'Send by mail' }).click();
  await page.getByText('“Weekly channels” goes by mail from now on').waitFor();

  await page.goto(`${server.url}/settings?tab=sharing`);
  const schedules = page.getByTestId('schedules');
  await schedules.getByText('Friday, 08:30').waitFor();
  await schedules.getByText('Olga, webhooks').waitFor();
  await schedules.getByRole('button', { name: 'Send me a test' }).click();
  await page.getByText('The report is on its way to you').waitFor();
  const [mail] = await eventually(async () => {
    const all = await mailed();
    return all.length === 1 && all;
  });
  for (const part of [`To: ${owner.email}`, 'text/html', '.xlsx', 'application/pdf']) assert.ok(mail.includes(part), part);
  await shoot(page, 'schedules');
  await schedules.getByRole('button', { name: 'Switch off' }).click();
  await schedules.getByText('Switched off').waitFor();
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'schedules-phone');
  await schedules.getByRole('button', { name: 'Remove: Weekly channels' }).click();
  await schedules.getByText('Nothing is sent.').waitFor();
  assert.deepEqual(complaints, []);
});

test('a report is downloaded as a PDF', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/reports`);
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'PDF' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /\.pdf$/);
  assert.match(await readFile(await file.path(), 'latin1'), /^%PDF-/);
  assert.deepEqual(complaints, []);
});

test('who may not share schedules nothing', async () => {
  const content = await somebody(server, 'accountant');
  const terms = { every: 'day', on_day: 0, at_minute: 540, recipients: [1] };
  const view = await content.must('POST', '/saved-views', { body: { name: 'Own', view: VIEW } });
  const answer = await content.call('POST', '/report-schedules', { body: { view_id: view.id, terms } });
  assert.equal(answer.status, 403);
  const kept = await api.must('POST', '/saved-views', { body: { name: 'Kept', view: VIEW } });
  for (const wrong of [{ on_day: 1 }, { at_minute: 1440 }, { recipients: [] }, { recipients: [987] }]) {
    const body = { view_id: kept.id, terms: { ...terms, ...wrong } };
    assert.equal((await api.call('POST', '/report-schedules', { body })).status, 422, JSON.stringify(wrong));
  }
});

test('a test shows what the asker may see, and whoever is written to ends it in their profile', async () => {
  const view = { ...VIEW, metrics: ['visits', 'gross_profit'] };
  const { id } = await api.must('POST', '/saved-views', { body: { name: 'Margin', is_shared: true, view } });
  const members = (await api.must('GET', '/members')).items;
  const seo = members.find(({ email }) => email === addressOf('seo'));
  const terms = { every: 'month', on_day: 28, at_minute: 540, recipients: [seo.user_id] };
  const made = await api.must('POST', '/report-schedules', { body: { view_id: id, terms } });
  const person = await somebody(server, 'seo');
  for (const asker of [api, person]) await asker.must('POST', `/report-schedules/${made.id}/test`);
  const pages = await eventually(async () => {
    const all = (await mailed()).filter((mail) => mail.includes('Margin'));
    return all.length === 2 && all.map((mail) => mail.replaceAll('=\r\n', ''));
  });
  const to = (email) => pages.find((page) => page.includes(`To: ${email}`));
  assert.ok(to(owner.email).includes('Gross profit'));
  assert.ok(!to(seo.email).includes('Gross profit'));

  const { page, complaints } = await browser.page();
  await signIn(page, server.url, { email: seo.email });
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/settings?tab=profile`);
  const own = page.getByTestId('own-reports');
  await own.getByText('On day 28 of the month, 09:00').waitFor();
  await shoot(page, 'own-reports');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await barriers(page), []);
  await own.getByRole('button', { name: 'Get it no more: Margin' }).click();
  await own.waitFor({ state: 'detached' });
  assert.deepEqual((await person.must('GET', '/report-schedules/mine')).items, []);
  assert.deepEqual(complaints, []);
});
