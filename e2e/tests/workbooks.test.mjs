// Workbooks and archives through the wizard: a sheet is chosen, its rows count, and what is no table
// or a trap is refused in words.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, phone, shoot } from '../lib/browser.mjs';
import { signIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';
import { archive, workbook } from '../lib/workbook.mjs';

const api = client(() => server.url);
let server;
let browser;
let page;
let complaints;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  ({ page, complaints } = await browser.page());
  await signIn(page, server.url, owner);
  complaints.length = 0;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const day = (text) => new Date(`${text}T00:00:00Z`);
const costs = [
  ['Spend of our channels'],
  ['Day', 'Source', 'Campaign', 'Clicks', 'Cost'],
  [day('2026-11-01'), 'vk', 'Lenses & <frames>', 3, 15.5],
  [day('2026-11-02'), 'vk', 'Lenses & <frames>', 4, 0.1 + 0.2],
  ['Total', '', '', 7, 15.8],
];
const leads = [
  ['Time', 'Phone'],
  [day('2026-11-01'), '+79161234567'],
];
const months = [
  ['Day', 'Source', 'Campaign', 'Cost'],
  [day('2026-10-01'), 'vk', 'October', 7],
];

async function drop(kind, name, buffer) {
  await page.goto(`${server.url}/imports/new/${kind}`);
  await page.getByTestId('import-wizard').waitFor();
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/zip', buffer });
}

test('a workbook is imported from the sheet that looks like a table, or from the chosen one', async () => {
  const book = workbook({ About: [['Made for Optics']], November: costs, October: months });
  await drop('costs', 'spend.xlsx', book);
  await page.getByTestId('import-start').waitFor();
  await page.getByText('· sheet November ·').waitFor();
  const start = page.getByTestId('import-start');
  assert.equal((await start.innerText()).trim(), 'Import 2 rows');
  await shoot(page, 'import-workbook');
  assert.deepEqual(await barriers(page), []);

  await page.getByLabel('Sheet', { exact: true }).selectOption('October');
  await page.getByText('· sheet October ·').waitFor();
  await eventually(async () => (await start.innerText()).trim() === 'Import 1 row');
  await page.getByLabel('Sheet', { exact: true }).selectOption('November');
  await page.getByText('· sheet November ·').waitFor();
  await eventually(async () => (await start.innerText()).trim() === 'Import 2 rows');
  await start.click();
  await page.getByTestId('import-result').getByText('2 rows are in the reports now').waitFor();
  const kept = await api.must('GET', '/costs?from=2026-10-01&to=2026-11-30');
  const told = kept.items.map((cost) => [cost.day, cost.campaign, cost.cost]).sort();
  assert.deepEqual(told, [
    ['2026-11-01', 'Lenses & <frames>', '15.50'],
    ['2026-11-02', 'Lenses & <frames>', '0.30'],
  ]);
  assert.deepEqual(complaints, []);
});

test('leads come by a workbook in an archive', async () => {
  await drop('leads', 'leads.zip', archive({ 'leads.xlsx': workbook({ Leads: leads }) }));
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('1 row').waitFor();
  const kept = await eventually(async () => {
    const { items } = await api.must('GET', '/leads');
    return items.length === 1 && items;
  });
  assert.equal(kept[0].phone, '+79161234567');
});

test('an export of a CRM is read as it comes', async () => {
  const rows = [
    ['ID', 'Название сделки', 'Основной контакт', 'Этап сделки', 'Бюджет', 'Дата создания', 'Дата закрытия', 'Рабочий телефон'],
    [101, 'Очки', 'Анна', 'Успешно реализовано', 15000, day('2026-11-01'), day('2026-11-02'), '+79161234567'],
    [102, 'Линзы', 'Пётр', 'Закрыто и не реализовано', 500, day('2026-11-03'), 'не закрыта', '+79161234568'],
  ];
  await drop('deals', 'amocrm.xlsx', workbook({ Сделки: rows }));
  await page.getByText('· sheet Сделки ·').waitFor();
  const start = page.getByTestId('import-start');
  assert.equal((await start.innerText()).trim(), 'Import 2 rows');
  await shoot(page, 'import-crm');
  await start.click();
  await page.getByTestId('import-result').getByText('2 rows').first().waitFor();
  const deals = await eventually(async () => {
    const { items } = await api.must('GET', '/deals');
    return items.length === 2 && items;
  });
  const told = deals.map((deal) => [deal.external_id, deal.status, deal.amount]).sort();
  assert.deepEqual(told, [
    ['101', 'Успешно реализовано', '15000.00'],
    ['102', 'Закрыто и не реализовано', '500.00'],
  ]);
});

test('an archive of several files names them, and a trap is told by its limit', async () => {
  await drop('costs', 'all.zip', archive({ 'a.csv': 'day,cost\n', 'b.csv': 'day,cost\n' }));
  await page.getByText('Unpack it and choose one of them: "a.csv", "b.csv"').waitFor();
  const bomb = archive({ 'costs.csv': `day,cost\n${`${' '.repeat(4095)}\n`.repeat(8 * 1024)}` });
  assert.ok(bomb.length < 100 * 1024);
  await drop('costs', 'bomb.zip', bomb);
  await page.getByText('The file unpacks to more than 250 times its size').waitFor();
  await shoot(page, 'import-bomb');
  // Refusals are answers that a browser tells of too.
  assert.ok(complaints.every((line) => line.includes('422')), complaints.join('\n'));
  complaints.length = 0;
});

test('on a phone the sheet can be chosen as well', async () => {
  const narrow = await browser.page({ viewport: phone });
  await signIn(narrow.page, server.url, owner);
  await narrow.page.goto(`${server.url}/imports/new/costs`);
  await narrow.page.getByTestId('import-wizard').waitFor();
  await narrow.page.locator('input[type=file]').setInputFiles({
    name: 'spend.xlsx',
    mimeType: 'application/zip',
    buffer: workbook({ October: months, November: costs }),
  });
  await narrow.page.getByText('· sheet October ·').waitFor();
  assert.deepEqual(await barriers(narrow.page), []);
  await shoot(narrow.page, 'import-workbook-phone');
});
