// Settings of files: remembered by the columns, saved under names, taken up again by the next file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
const HEADER = 'Day,Campaign,Clicks,Cost';
let server;
let browser;
let page;
let complaints;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  ({ page, complaints } = await signedIn(browser, server.url, owner));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function preview(text, { mapping, options, kind = 'costs' } = {}) {
  const form = new FormData();
  form.set('kind', kind);
  form.set('file', new Blob([text]), 'file.csv');
  if (mapping !== undefined) form.set('mapping', String(mapping));
  if (options !== undefined) form.set('options', JSON.stringify(options));
  return api.call('POST', '/imports/preview', { form });
}

async function drop(name, ...lines) {
  await page.goto(`${server.url}/imports/new/costs`);
  await page.getByTestId('import-wizard').waitFor();
  const buffer = Buffer.from([HEADER, ...lines].join('\n'));
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.getByTestId('import-start').waitFor();
}

const source = () => page.getByLabel('Source', { exact: true });
const settings = () => page.getByLabel('Settings', { exact: true });
const chosen = () => settings().evaluate((select) => select.selectedOptions[0].textContent.trim());

test('a file with the columns of an earlier one is read as that one was', async () => {
  const first = await preview(`${HEADER}\n2026-11-01,Lenses,3,15`, { mapping: 'latest' });
  assert.equal(first.status, 200);
  assert.deepEqual([first.body.mappings, first.body.mapping_id], [[], null]);
  const read = { source: 'telegram', medium: 'post', vat: 'included', keep_earlier: 'nothing' };
  const columns = { 0: 'day', 1: 'campaign', 2: null, 3: 'cost' };
  await importFile(api, 'costs', 'a.csv', `${HEADER}\n2026-11-01,Lenses,3,15`, { ...read, columns });
  const again = (await preview(`day, CAMPAIGN,Clicks,Cost \n2026-11-02,Lenses,4,16`, { mapping: 'latest' })).body;
  assert.deepEqual(again.mappings.map(({ name }) => name), ['']);
  assert.equal(again.mapping_id, again.mappings[0].id);
  assert.equal(again.options.source, 'telegram');
  assert.equal(again.options.vat, 'included');
  assert.equal(again.options.keep_earlier, 'rejected', 'what vanishes is decided anew');
  assert.deepEqual(again.columns.map(({ field }) => field), ['day', 'campaign', null, 'cost']);
  // Who asks for nothing earlier, gets what the file says; what is said now goes first.
  const alone = (await preview(`${HEADER}\n2026-11-02,Lenses,4,16`)).body;
  assert.deepEqual([alone.mapping_id, alone.options.source, alone.mappings.length], [null, '', 1]);
  const options = { source: 'vk' };
  const said = (await preview(`${HEADER}\n2026-11-02,A,4,16`, { mapping: 'latest', options })).body;
  assert.deepEqual([said.options.source, said.options.medium], ['vk', 'post']);
  const others = [
    [`Campaign,Day,Clicks,Cost\nLenses,2026-11-02,4,16`, {}],
    [`${HEADER},Account\n2026-11-02,Lenses,4,16,7`, {}],
    [`${HEADER}\n2026-11-02,Lenses,4,16`, { kind: 'leads' }],
  ];
  for (const [text, also] of others) {
    const { body } = await preview(text, { mapping: 'latest', ...also });
    assert.deepEqual([body.mappings, body.mapping_id], [[], null], text);
  }
});

test('settings are saved under a name once, for files that they can read', async () => {
  const text = `${HEADER}\n2026-11-03,Lenses,4,16`;
  const { upload_id } = (await preview(text)).body;
  const save = (body) => api.call('POST', '/import-mappings', { body: { kind: 'costs', upload_id, ...body } });
  const options = { source: 'vk', medium: 'cpc', columns: {} };
  const made = await save({ name: ' VK, weekly ', options });
  assert.equal(made.status, 201);
  assert.deepEqual([made.body.name, made.body.kind, made.body.header], ['VK, weekly', 'costs', HEADER.split(',')]);
  assert.equal((await save({ name: 'VK, weekly', options })).status, 409);
  for (const wrong of [
    { name: ' ', options },
    { name: 'No cost', options: { columns: { 3: null } } },
    { name: 'No such column', options: { columns: { 9: 'cost' } } },
    { name: 'Not known', options: { colour: 'red' } },
    { name: 'No file', options, upload_id: 987654321 },
  ]) {
    assert.ok([404, 422].includes((await save(wrong)).status), wrong.name);
  }
  const by = (await preview(text, { mapping: made.body.id })).body;
  assert.deepEqual([by.mapping_id, by.options.source], [made.body.id, 'vk']);
  const unfit = await preview(`${HEADER},Account\n2026-11-02,Lenses,4,16,7`, { mapping: made.body.id });
  assert.deepEqual([unfit.status, unfit.body.errors[0].code], [422, 'other_columns']);
  const edit = (body, etag) =>
    api.call('PATCH', `/import-mappings/${made.body.id}`, { body, headers: { 'If-Match': etag } });
  assert.equal((await edit({ options }, made.body.etag)).status, 422, 'options of no file');
  const renamed = await edit({ name: 'VK' }, made.body.etag);
  assert.deepEqual([renamed.status, renamed.body.name, renamed.body.options.source], [200, 'VK', 'vk']);
  assert.equal((await edit({ name: 'Late' }, made.body.etag)).status, 412);
  // A file that is imported by the saved settings makes them the latest.
  await importFile(api, 'costs', 'b.csv', text, renamed.body.options);
  const latest = (await preview(text, { mapping: 'latest' })).body;
  assert.deepEqual(latest.mappings.map(({ name }) => name), ['VK', '']);
  assert.equal(latest.mapping_id, made.body.id);
  const gone = await api.call('DELETE', `/import-mappings/${made.body.id}`, {
    headers: { 'If-Match': renamed.body.etag },
  });
  assert.equal(gone.status, 204);
  assert.deepEqual((await api.must('GET', '/import-mappings')).items, []);
  const audit = (await api.must('GET', '/audit')).items.map(({ act }) => act);
  const acts = ['import_mapping.deleted', 'import_mapping.changed', 'import_mapping.created'];
  assert.deepEqual(audit.filter((act) => act.startsWith('import_mapping')), acts);
});

test('the wizard says by which settings it reads, and saves, renames and removes them', async () => {
  await drop('november.csv', '2026-11-04,Lenses,4,16');
  assert.match(await chosen(), /^As last time, /);
  await page.getByText('Recognised by its columns').waitFor();
  assert.equal(await source().inputValue(), 'telegram');
  await settings().selectOption({ label: 'From the file alone' });
  await eventually(async () => (await source().inputValue()) === '');
  await page.getByText('Without a source every row would be rejected').waitFor();

  await source().fill('odnoklassniki');
  await page.getByLabel('Medium', { exact: true }).fill('cpc');
  await page.getByRole('button', { name: 'Save settings…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Save these settings as').fill('OK, monthly');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await eventually(async () => (await chosen()) === 'Saved: OK, monthly');
  const [made] = (await api.must('GET', '/import-mappings')).items;
  assert.deepEqual([made.name, made.options.source], ['OK, monthly', 'odnoklassniki']);
  await shoot(page, 'import-mappings');
  assert.deepEqual(await barriers(page), []);

  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('1 row is in the reports now').waitFor();
  await drop('december.csv', '2026-11-05,Lenses,5,17');
  assert.equal(await chosen(), 'Saved: OK, monthly');
  assert.equal(await source().inputValue(), 'odnoklassniki');
  await source().fill('ok');
  await page.getByText('Changed since they were taken over').waitFor();

  await page.getByRole('button', { name: 'Save settings…' }).click();
  await dialog.getByRole('button', { name: 'Edit: OK, monthly' }).click();
  await shoot(page, 'import-mappings-dialog');
  await dialog.getByRole('button', { name: 'Take the settings of now' }).click();
  await dialog.getByRole('button', { name: 'Edit: OK, monthly' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('OK');
  await dialog.getByLabel('Name', { exact: true }).press('Enter');
  await eventually(async () => {
    const [{ name, options }] = (await api.must('GET', '/import-mappings')).items;
    return name === 'OK' && options.source === 'ok';
  });
  await dialog.getByRole('button', { name: 'Remove: OK' }).click();
  await dialog.getByText('Clicks').first().waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await eventually(async () => (await chosen()) === 'From the file alone');
  assert.equal(await source().inputValue(), 'ok', 'what was decided stays');
  assert.deepEqual(complaints, []);
});

test('the settings fit a phone', async () => {
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: 'dark' });
  await drop('phone.csv', '2026-11-06,Lenses,4,16');
  await page.getByTestId('import-recognised').scrollIntoViewIfNeeded();
  assert.equal(await overflow(page), 0);
  await shoot(page, 'import-mappings-phone');
  assert.deepEqual(await barriers(page), []);
});
