// Files that are taken regularly: from a real server and from a folder, by saved settings.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const HEADER = 'Day,Campaign,Clicks,Cost';
const SECRET = 'Bearer very-secret-3f7a';
const api = client(() => server.url);
const outside = mkdtempSync(path.join(os.tmpdir(), 'throughline-sources-'));
const open = path.join(outside, 'open');
// The folder of the first workspace.
const root = path.join(open, '1');
let server;
let platform;
let address;
let mapping;
/** What the platform answers with, by path, and what it was asked with. */
const pages = new Map();
const asked = [];

before(async () => {
  mkdirSync(path.join(root, 'vk'), { recursive: true });
  platform = createServer((request, response) => {
    asked.push([request.url, request.headers['x-token']]);
    const [status, body, headers] = pages.get(request.url) ?? [404, 'nothing'];
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => platform.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${platform.address().port}`;
  server = await startServer({
    env: { THROUGHLINE__OUTBOUND__ALLOW: '["127.0.0.0/8"]', THROUGHLINE__IMPORTS__FOLDER: open },
  });
  await setUp(api);
  const form = new FormData();
  form.set('kind', 'costs');
  form.set('file', new Blob([`${HEADER}\n2026-11-01,Lenses,3,15`]), 'costs.csv');
  const { upload_id } = await api.must('POST', '/imports/preview', { form });
  const options = { source: 'vk', medium: 'cpc', vat: 'excluded' };
  mapping = await api.must('POST', '/import-mappings', {
    body: { name: 'VK', kind: 'costs', upload_id, options },
  });
});
after(async () => {
  await server?.stop();
  platform?.close();
  rmSync(outside, { recursive: true, force: true });
});

const make = (body) =>
  api.call('POST', '/import-sources', { body: { mapping_id: mapping.id, every: 'day', ...body } });
const runsOf = async ({ id }) => (await api.must('GET', `/import-sources/${id}/runs`)).items;

/** The looks at a source, once there are so many and nothing moves. */
const ended = (source, count) =>
  eventually(async () => {
    const runs = await runsOf(source);
    const moves = (run) => run.state === 'reading' || ['queued', 'running'].includes(run.import?.state);
    return runs.length >= count && !runs.some(moves) ? runs : undefined;
  });
const read = ({ id }) => api.must('POST', `/import-sources/${id}/read`);
const costs = async () => {
  const { items } = await api.must('GET', '/costs?from=2026-11-01&to=2026-11-30');
  return items.map(({ day, cost }) => `${day} ${cost}`).sort();
};
const told = (run) => [run.state, run.code, run.import && [run.import.rows_new, run.import.rows_changed, run.import.rows_rejected]];

test('a file behind an address is imported once, and again when it has changed', async () => {
  pages.set('/vk.csv', [200, `${HEADER}\n2026-11-02,Lenses,3,15\n2026-11-03,Lenses,many,2\n`]);
  const made = await make({
    name: 'VK by address',
    url: `${address}/vk.csv`,
    header_name: 'X-Token',
    header_value: SECRET,
    at: '05:30',
  });
  assert.equal(made.status, 201);
  const source = made.body;
  assert.deepEqual([source.kind, source.mapping, source.at, source.enabled], ['costs', 'VK', '05:30', true]);
  assert.doesNotMatch(JSON.stringify(source), /very-secret/);
  const [first] = await ended(source, 1);
  assert.deepEqual(told(first), ['imported', '', [1, 0, 1]]);
  assert.equal(first.file_name, 'vk.csv');
  assert.deepEqual(asked.at(-1), ['/vk.csv', SECRET]);
  const rejected = await api.must('GET', `/imports/${first.import.id}/rejected`);
  assert.deepEqual(rejected.items.map(({ row, field }) => [row, field]), [[3, 'clicks']]);
  assert.deepEqual(await costs(), ['2026-11-02 15.00']);

  await read(source);
  const [second] = await ended(source, 2);
  assert.deepEqual(told(second), ['unchanged', '', null]);
  pages.set('/vk.csv', [200, `${HEADER}\n2026-11-02,Lenses,3,16\n2026-11-03,Lenses,1,2\n`]);
  await read(source);
  const [third] = await ended(source, 3);
  assert.deepEqual(told(third), ['imported', '', [1, 1, 0]]);
  assert.deepEqual(await costs(), ['2026-11-02 16.00', '2026-11-03 2.00']);

  // One look is taken back as any import is, and the same file does not bring it in again.
  await api.must('POST', `/imports/${third.import.id}/undo`);
  await eventually(async () => (await costs()).join() === '2026-11-02 15.00');
  await read(source);
  const [fourth] = await ended(source, 4);
  assert.deepEqual(told(fourth), ['unchanged', '', null]);
  assert.deepEqual(await costs(), ['2026-11-02 15.00']);
  const next = new Date((await api.must('GET', `/import-sources/${source.id}`)).next_at);
  // Half past five in Moscow.
  assert.equal(next.toISOString().slice(11, 16), '02:30');
});

test('what goes wrong is told, costs nothing that was there, and is tried again', async () => {
  const before = await costs();
  const wrong = [
    ['/gone.csv', [410, 'gone'], 'http_status', /410/],
    ['/page.csv', [200, `${HEADER},Account\n2026-11-09,Lenses,3,15,7\n`], 'other_columns', /new: "Account"/],
    ['/empty.csv', [200, ''], 'no_table', /./],
    ['/round.csv', [302, '', { location: '/round.csv' }], 'redirects', /./],
    ['/inside.csv', [302, '', { location: 'http://10.1.2.3/x.csv' }], 'private_address', /./],
  ];
  for (const [url, page, code, detail] of wrong) {
    pages.set(url, page);
    const { body: source } = await make({ name: url, url: address + url });
    const [run] = await ended(source, 1);
    assert.deepEqual([run.state, run.code, run.import], ['failed', code, null], url);
    assert.match(run.detail, detail);
    const again = await api.must('GET', `/import-sources/${source.id}`);
    assert.ok(new Date(again.next_at) - Date.now() <= 3_600_000, 'within an hour');
  }
  assert.deepEqual(await costs(), before);
  // A secret is for the server that it was given for.
  pages.set('/away.csv', [302, '', { location: `http://127.0.0.2:${platform.address().port}/vk.csv` }]);
  const { body: away } = await make({
    name: 'Away',
    url: `${address}/away.csv`,
    header_name: 'X-Token',
    header_value: SECRET,
  });
  await ended(away, 1);
  assert.deepEqual(asked.filter(([url]) => url === '/away.csv').at(-1)[1], SECRET);
  const headers = { 'If-Match': (await api.must('GET', `/import-sources/${away.id}`)).etag };
  const moved = await api.call('PATCH', `/import-sources/${away.id}`, {
    headers,
    body: { url: 'https://other.example/vk.csv' },
  });
  assert.deepEqual([moved.status, moved.body.field], [422, 'header_value']);
});

test('addresses and folders that are not open are refused', async () => {
  for (const [body, field] of [
    [{ name: 'a', url: 'http://reports.example/vk.csv' }, 'url'],
    [{ name: 'a', url: 'https://10.0.0.1/vk.csv' }, 'url'],
    [{ name: 'a', url: 'https://me:secret@reports.example/vk.csv' }, 'url'],
    [{ name: 'a', folder: '../outside' }, 'folder'],
    [{ name: 'a', url: 'https://reports.example/', folder: 'vk' }, 'folder'],
    [{ name: '', folder: 'vk' }, 'name'],
    [{ name: 'a', folder: 'vk', every: 'minute' }, 'every'],
    [{ name: 'a', folder: 'vk', at: '25:00' }, 'at'],
    [{ name: 'a', folder: 'vk', mapping_id: 987654321 }, 'mapping_id'],
    [{ name: 'a', url: 'https://reports.example/', header_name: 'Host', header_value: 'x' }, 'header_name'],
    [{ name: 'a', url: 'https://reports.example/', header_name: 'X', header_value: 'a\nb' }, 'header_value'],
  ]) {
    const refused = await make(body);
    assert.deepEqual([refused.status, refused.body.field], [422, field], JSON.stringify(body));
  }
  const used = await api.call('DELETE', `/import-mappings/${mapping.id}`, {
    headers: { 'If-Match': mapping.etag },
  });
  assert.deepEqual([used.status, used.body.code], [409, 'mapping_in_use']);
});

/** A file that nobody writes to any more. */
function put(name, text, minutesAgo = 5) {
  writeFileSync(path.join(root, 'vk', name), text);
  const at = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(path.join(root, 'vk', name), at, at);
}

test('each new file of a folder is imported, in the order in which they were written', async () => {
  writeFileSync(path.join(outside, 'secret.csv'), `${HEADER}\n2026-11-20,Secret,3,99\n`);
  symlinkSync(path.join(outside, 'secret.csv'), path.join(root, 'vk', 'link.csv'));
  put('b.csv', `${HEADER}\n2026-11-11,Lenses,3,20\n`, 20);
  put('a.csv', `${HEADER}\n2026-11-11,Lenses,3,21\n`, 10);
  put('notes.md', 'nothing');
  writeFileSync(path.join(root, 'vk', 'half.csv'), `${HEADER}\n2026-11-12,`);
  const { body: source } = await make({ name: 'VK by folder', folder: 'vk', every: 'hour' });
  const runs = await ended(source, 2);
  assert.deepEqual(runs.map((run) => [run.file_name, run.state]), [['a.csv', 'imported'], ['b.csv', 'imported']]);
  const day = async () => (await costs()).filter((cost) => cost.startsWith('2026-11-11'));
  assert.deepEqual(await day(), ['2026-11-11 21.00']);
  await read(source);
  assert.deepEqual(told((await ended(source, 3))[0]), ['unchanged', '', null]);
  put('a.csv', `${HEADER}\n2026-11-11,Lenses,3,22\n`, 2);
  await read(source);
  const changed = (await ended(source, 4))[0];
  assert.deepEqual([changed.file_name, ...told(changed)], ['a.csv', 'imported', '', [0, 1, 0]]);
  assert.deepEqual(await day(), ['2026-11-11 22.00']);
  const acts = (await api.must('GET', '/audit?limit=200')).items.map(({ act }) => act);
  assert.ok(acts.includes('import_source.created') && acts.includes('import_source.asked'));
});

test('the screen shows sources with what came of them, and makes, reads and removes one', async () => {
  const browser = await openBrowser();
  try {
    const { page, complaints } = await signedIn(browser, server.url, owner);
    await page.goto(`${server.url}/costs?tab=sources`);
    await page.getByText('The server answered with status 410 instead of a file.').first().waitFor();
    await page.getByRole('button', { name: 'New regular import' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('By hand');
    pages.set('/hand.csv', [200, `${HEADER}\n2026-11-15,Lenses,3,15\n`]);
    await dialog.getByLabel('Address of the file').fill(`${address}/hand.csv`);
    await shoot(page, 'import-source-form');
    assert.deepEqual(await barriers(page), []);
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const found = await eventually(async () =>
      (await api.must('GET', '/import-sources')).items.find(({ name }) => name === 'By hand'),
    );
    await ended(found, 1);
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'By hand' });
    await row.getByText('Imported').waitFor();
    await shoot(page, 'import-sources');
    assert.deepEqual(await barriers(page), []);
    await row.getByRole('button', { name: 'Read now' }).click();
    const log = page.getByTestId('source-runs');
    await log.getByText('Nothing new').waitFor();
    await log.getByText('1 new, 0 changed, 0 rejected').waitFor();
    await shoot(page, 'import-source-log');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await overflow(page), 0);
    await shoot(page, 'import-sources-phone');
    await page.setViewportSize({ width: 1440, height: 1000 });
    await row.getByRole('button', { name: 'Delete: By hand' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
