// The wizard of imports: a file travels once, and what no longer holds is not waited for. Then what
// an undo has left as it is, with the way to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
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

/** Notes the forms that the page sends, with files by their names. */
function noteForms() {
  const send = window.fetch;
  window.forms = [];
  window.fetch = (url, init) => {
    const parts = init?.body instanceof FormData ? [...init.body] : [];
    const plain = parts.map(([name, value]) => [name, value instanceof File ? value.name : value]);
    if (plain.length > 0) window.forms.push(Object.fromEntries(plain));
    return send(url, init);
  };
}

const rows = ['Day;Campaign;Clicks;Cost', '2026-11-01;Lenses;3;15,50', '2026-11-02;Lenses;many;2'];

test('changed options are tried without the file, and an outdated try is dropped', async () => {
  await page.addInitScript(noteForms);
  const forms = () => page.evaluate(() => window.forms);
  const dropped = [];
  page.on('requestfailed', (request) => dropped.push(request.url()));
  await page.goto(`${server.url}/imports/new/costs`);
  await page.getByTestId('import-wizard').waitFor();
  const buffer = Buffer.from(rows.join('\n'));
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'costs.csv', mimeType: 'text/csv', buffer });
  await page.getByTestId('import-start').waitFor();
  assert.deepEqual(await forms(), [{ kind: 'costs', mapping: 'latest', file: 'costs.csv' }]);

  let held = 0;
  await page.route('**/imports/preview', (route) => {
    held += 1;
    return held === 1 ? undefined : route.continue();
  });
  await page.getByLabel('Source', { exact: true }).fill('vk');
  await page.getByLabel('Medium', { exact: true }).fill('social');
  await eventually(() => held === 1);
  await page.getByLabel('Source', { exact: true }).fill('telegram');
  await page.getByLabel('Medium', { exact: true }).focus();
  const later = await eventually(async () => {
    const tries = (await forms()).slice(1);
    return JSON.parse(tries.at(-1).options).source === 'telegram' && tries;
  });
  for (const form of later) {
    assert.deepEqual(Object.keys(form).sort(), ['kind', 'options', 'upload_id']);
  }
  await eventually(() => dropped.some((url) => url.endsWith('/imports/preview')));
  await page.unroute('**/imports/preview');
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('The amount or count is not a number').waitFor();
  const [{ id }] = (await api.must('GET', '/imports')).items;
  const costs = await api.must('GET', '/costs?from=2026-11-01&to=2026-11-30');
  assert.deepEqual(
    costs.items.map((cost) => [cost.import_id, cost.source, cost.cost]),
    [[id, 'telegram', '15.50']],
  );
  assert.deepEqual(complaints, []);
});

test('what an import would reject is told before it, and what came of it afterwards', async () => {
  const drop = async (name, lines) => {
    await page.goto(`${server.url}/imports/new/costs`);
    const buffer = Buffer.from(lines.join('\n'));
    await page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'text/csv', buffer });
    await page.getByTestId('import-start').waitFor();
  };
  const start = page.getByTestId('import-start');
  const header = 'Day,Campaign,Source,Currency,Cost';
  await drop('no-source.csv', ['Day,Campaign,Cost', '2026-11-01,Lenses,1']);
  await page.getByText('Without a source every row would be rejected').waitFor();
  assert.equal(await start.isDisabled(), true);

  await drop('no-rate.csv', [header, '2026-11-03,Lenses,vk,USD,1', '2026-11-02,Lenses,vk,USD,--']);
  const warning = page.getByText('No exchange rate for USD from 2 Nov on: 2 rows');
  await warning.waitFor();
  assert.match(await warning.getByRole('link').getAttribute('href'), /settings\?tab=rates/);
  await page.getByText('No row of the file can be imported as it stands').waitFor();
  assert.equal(await start.isDisabled(), true);
  await shoot(page, 'import-no-rate');

  await drop('half.csv', [header, '2026-11-03,Lenses,vk,,7', '2026-11-03,Lenses,vk,,many']);
  assert.equal((await start.innerText()).trim(), 'Import 1 row');
  await start.click();
  const result = page.getByTestId('import-result');
  await result.getByText('1 row is in the reports now; 1 was rejected.').waitFor();
  await result.getByText('Cost: The amount or count is not a number').waitFor();
  await drop('half.csv', [header, '2026-11-03,Lenses,vk,,7']);
  await start.click();
  await result.getByText('Nothing has changed').waitFor();
  const [{ id }] = (await api.must('GET', '/imports')).items;
  await page.goto(`${server.url}/imports/${id}`);
  await page.getByRole('heading', { name: 'half.csv' }).waitFor();
  assert.match(await page.getByTestId('import-about').innerText(), /^Costs · .* · /);
  for (const again of [id, id - 1]) await api.must('POST', `/imports/${again}/undo`);
});

test('rejected rows come as a file that is mended and imported again', async () => {
  const id = (await api.must('GET', '/imports')).items.at(-1).id;
  const headers = { Accept: 'text/csv' };
  const file = (await api.call('GET', `/imports/${id}/rejected`, { headers })).body;
  assert.match(file, new RegExp(`Day;Campaign;Clicks;Cost;Left out by import ${id} because`));
  await page.goto(`${server.url}/imports/new/costs`);
  const buffer = Buffer.from(file.replace(';many;', ';1;'));
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'mended.csv', mimeType: 'text/csv', buffer });
  await page.getByText('They complete it').waitFor();
  assert.equal(await page.getByLabel('Source', { exact: true }).inputValue(), 'telegram');
  await shoot(page, 'import-mended');
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('1 row').first().waitFor();
  const costs = await api.must('GET', '/costs?from=2026-11-01&to=2026-11-30');
  assert.deepEqual(costs.items.map((cost) => cost.cost).sort(), ['15.50', '2.00']);
});

test('what an undo has left as it is, is named with its reason and the way to it', async () => {
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': (await api.must('GET', '/deal-statuses')).etag },
    body: { items: [{ status: 'won', group: 'paid' }] },
  });
  const deals = 'Order ID,Title,Status,Amount,Created\nD-1,Frames,won,100,2026-05-05 10:00\n';
  await importFile(api, 'deals', 'deals.csv', deals, {});
  const payments = 'Payment ID,Order ID,Date,Amount,Type\nP-1,D-1,2026-05-06 10:00,40,payment\n';
  const { id } = await importFile(api, 'payments', 'payments.csv', payments, {});
  const change = { external_id: 'P-1', deal_external_id: 'D-1', kind: 'payment', amount: '45' };
  await api.must('POST', '/payments', { body: { items: [{ ...change, at: '2026-05-06T10:00:00Z' }] } });
  await api.must('POST', `/imports/${id}/undo`);

  await page.goto(`${server.url}/imports/${id}`);
  const kept = page.getByTestId('import-kept');
  await kept.getByText('Changed afterwards').waitFor();
  await kept.getByText('P-1').waitFor();
  await shoot(page, 'import-kept');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  await shoot(page, 'import-kept-phone');
  await kept.getByRole('link', { name: 'of deal D-1' }).click();
  await page.getByText('Frames').waitFor();
  assert.match(page.url(), /\/deals\?.*q=D-1/);
  await page.getByRole('searchbox').or(page.getByRole('textbox')).first().fill('nothing');
  await page.getByText('No deal matches').waitFor();
  assert.deepEqual(complaints, []);
});

test('money in statuses that nobody has mapped is told with the result, until they are', async () => {
  const deals = [
    'Order ID,Status,Amount,Created',
    'U-1,packed,100,2026-05-05 10:00',
    'U-1,packed,100,2026-05-05 10:00',
    'U-2,packed,50,2026-05-06 10:00',
    'U-3,won,7,2026-05-06 10:00',
  ];
  const done = await importFile(api, 'deals', 'packed.csv', deals.join('\n'), {});
  const uncounted = { records: 2, statuses: ['packed'], amount: '150.00', currency: 'RUB' };
  const told = await api.must('GET', `/imports/${done.id}`);
  assert.deepEqual([told.amount, told.uncounted], ['157.00', uncounted]);
  await page.goto(`${server.url}/imports/${done.id}`);
  const result = page.getByTestId('import-result');
  await result.getByText('4 rows are saved.').waitFor();
  await result.getByText('2 deals of this file count in no report').waitFor();
  await result.getByText(/Missing in the reports: .*150\.00/).waitFor();
  assert.match(await result.getByRole('link').first().getAttribute('href'), /tab=statuses/);
  await shoot(page, 'import-uncounted');
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': (await api.must('GET', '/deal-statuses')).etag },
    body: { items: [{ status: 'won', group: 'paid' }, { status: 'packed', group: 'in_work' }] },
  });
  await page.reload();
  await result.getByText('4 rows are in the reports now.').waitFor();
  assert.deepEqual(complaints, []);
});

test('a file says who is responsible: members by their addresses, others by the word alone', async () => {
  const { user } = await api.must('GET', '/me');
  await page.goto(`${server.url}/imports/new/leads`);
  const lines = [
    'Lead ID,Date,Phone,Responsible user',
    `R-1,2026-11-01,+48601234571,${owner.email.toUpperCase()}`,
    'R-2,2026-11-01,+48601234572,Oleg',
    'R-3,2026-11-01,+48601234573,',
  ];
  const buffer = Buffer.from(lines.join('\n'));
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'leads.csv', mimeType: 'text/csv', buffer });
  await page.getByText('1 row gives the e-mail address of a member').waitFor();
  await page.getByText(/1 row names somebody who is no member.*: Oleg\./).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'import-responsible');
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('3 rows are in').waitFor();
  const { items } = await api.must('GET', '/leads');
  const told = items
    .filter((each) => each.phone.startsWith('+4860123457'))
    .map((each) => [each.phone.at(-1), each.assignee_id, each.responsible])
    .sort();
  assert.deepEqual(told, [
    ['1', user.id, owner.email.toUpperCase()],
    ['2', null, 'Oleg'],
    ['3', null, ''],
  ]);
  const second = items.find((each) => each.phone.endsWith('2') && each.responsible === 'Oleg');
  await page.goto(`${server.url}/leads/${second.id}`);
  await page.getByText('Responsible in the CRM').waitFor();
  await page.getByText('Oleg', { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});
