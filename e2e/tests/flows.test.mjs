// The main flows in a real browser: set-up, import, undo, drill-down, a number's rows, the keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, table } from '../lib/api.mjs';
import { openBrowser, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';
import { serveShop } from '../lib/shop.mjs';

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

let server;
let browser;
let owned;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const costFile = [
  'Day,Campaign,Ad group,Keyword,Impr.,Clicks,Cost',
  `${yesterday},Sunglasses,Models,sunglasses buy,3000,100,15000`,
  `${yesterday},Lenses,Daily,lenses online,9000,300,13500`,
  `${yesterday},Lenses,Daily,broken row,9000,300,many`,
].join('\n');

/** The wizard's second step, with this file in it. */
async function openFile(page, lines) {
  await page.getByTestId('import-wizard').waitFor();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'google.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) });
  await page.getByTestId('import-start').waitFor();
  await page.getByLabel('Source', { exact: true }).fill('google');
  await page.getByLabel('Medium', { exact: true }).fill('cpc');
}

async function spendIs(page, amount) {
  await page.goto(`${server.url}/`);
  await page.getByTestId('kpi-cost').waitFor();
  await eventually(async () => {
    if ((await page.getByTestId('kpi-cost').innerText()).includes(amount)) return true;
    await page.reload();
    await page.getByTestId('kpi-cost').waitFor();
    return false;
  });
}

test('a newcomer sets up, sees the first event, and imports the first costs', async () => {
  owned = await browser.page();
  const { page } = owned;
  await page.goto(server.url);
  await page.getByLabel('Name').fill(owner.name);
  await page.getByLabel(/e-mail/i).fill(owner.email);
  await page.getByLabel(/password/i).fill(owner.password);
  await page.getByTestId('setup-owner').getByRole('button').last().click();
  const workspace = page.getByTestId('setup-workspace');
  await workspace.getByRole('textbox').first().fill('Optics');
  await workspace.getByLabel(/VAT rate/).fill('20');
  await shoot(page, 'setup-workspace');
  await workspace.getByRole('button').last().click();
  const site = page.getByTestId('setup-site');
  await site.waitFor();
  const domain = site.getByLabel(/domain/i).first();
  await domain.fill('Shop');
  await site.getByRole('button').last().click();
  await site.getByText('A domain, such as example.com').waitFor();
  await domain.fill('optics.example');
  await site.getByRole('button').last().click();
  // The server's own address is this computer's, which visitors of a real site cannot reach.
  await page.getByTestId('address-warning').getByText('server.base_url').waitFor();
  await page.getByTestId('setup-snippet').getByRole('button', { name: 'Back' }).click();
  await domain.fill('localhost');
  await site.getByRole('button').last().click();
  await page.getByTestId('setup-snippet').waitFor();
  await page.getByTestId('setup-snippet').getByLabel('Tracker').waitFor();
  assert.equal(await page.getByTestId('address-warning').count(), 0);

  const html = await page.getByTestId('setup-snippet').innerText();
  const script = html.match(/src="([^"]+)"/)[1];
  const visitor = await browser.page();
  const shop = await serveShop(`<script defer data-local src="${script}"></script>`);
  const tags = 'utm_source=google&utm_medium=cpc&utm_campaign=Lenses';
  await visitor.page.goto(`http://localhost:${shop.address().port}/lenses?${tags}`);
  // The step itself sees the event, and says how to go on.
  await page.getByRole('button', { name: 'Next' }).waitFor();
  shop.close();
  await shoot(page, 'setup-snippet');

  await page.getByRole('button', { name: 'Next' }).click();
  await openFile(page, costFile);
  await shoot(page, 'import-check');
  await page.getByTestId('import-start').click();
  const result = page.getByTestId('import-result');
  await result.getByText('The amount or count is not a number').first().waitFor();
  await result.getByText('broken row').first().waitFor();
  await shoot(page, 'import-result');
  await page.getByRole('button', { name: 'Go to Overview' }).click();
  await spendIs(page, '28,500');
});

test('the wizard says what becomes of earlier costs, does it, and an undo brings them back', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/imports/new/costs`);
  // Sunglasses became dearer, and the line of the lenses cannot be read.
  await openFile(page, costFile.replace(',100,15000', ',100,16000').replace(',300,13500', ',many,13500'));
  const effects = page.getByTestId('import-effects');
  await effects.getByText('16,000.00 instead of').waitFor();
  await effects.getByText('left as before').waitFor();
  await page.getByLabel('Earlier amounts that the file does not have').selectOption('All vanish');
  await effects.getByText('not in the file and therefore gone').waitFor();
  await shoot(page, 'import-effects');
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').getByText('therefore gone').waitFor();
  await spendIs(page, '16,000');

  const last = await page.evaluate(async () => (await (await fetch('/api/v1/imports')).json()).items[0].id);
  await page.goto(`${server.url}/imports/${last}`);
  await page.getByTestId('import-undo').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the import' }).click();
  await page.getByTestId('import-result').getByText('The import is undone').waitFor();
  await spendIs(page, '28,500');
});

test('the overview shows the spend, and its numbers open', async () => {
  const { page } = owned;
  await spendIs(page, '28,500');
  await page.getByTestId('channels-card').getByTestId('tree-row').first().waitFor();
  await shoot(page, 'overview-light');
  await page.getByTestId('kpi-cost').click();
  const drawer = page.getByTestId('number-drawer');
  await drawer.getByTestId('number-count').filter({ hasText: '2 rows' }).waitFor();
  await drawer.getByText('13,500').first().waitFor();
});

test('a report drills down from channel to keyword in place', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/reports`);
  const at = (level) => page.locator(`[data-testid=tree-row][aria-level="${level}"]`);
  const path = [];
  // The file names no ad: its level is there, and unknown.
  for (const name of ['Paid search', 'google', 'Lenses', 'Daily', 'Unknown', 'lenses online']) {
    const row = at(path.length + 1).filter({ hasText: name }).first();
    await row.waitFor();
    await row.getByText('13,500').or(row.getByText('28,500')).first().waitFor();
    path.push(name);
    if (await row.getAttribute('aria-expanded')) await row.getByRole('button').first().click();
  }
  // The keyword is a leaf, beside the other levels.
  assert.equal(await at(path.length).first().getAttribute('aria-expanded'), null);
  assert.equal(await page.locator('[data-testid=tree-row][aria-expanded=true]').count(), 5);
  await shoot(page, 'reports-drill-down');
});

test('a number counts the rows behind it, and they lead to where they came from', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('tree-totals').getByRole('button', { name: '28,500' }).click();
  const drawer = page.getByTestId('number-drawer');
  await drawer.getByTestId('number-count').filter({ hasText: '2 rows' }).waitFor();
  await shoot(page, 'number');
  await drawer.locator('tbody a').first().click();
  await page.getByTestId('import-result').waitFor();
  assert.match(page.url(), /\/imports\/\d+/);
});

test('an address that leads nowhere says so, and one that lists nothing known shows the usual', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/reports?columns=nope&by=foo`);
  await page.getByTestId('tree-row').filter({ hasText: 'Paid search' }).first().waitFor();
  await page.goto(`${server.url}/leads/%E0%A4%A`);
  await page.getByTestId('empty-state').waitFor();
  assert.match(await page.title(), /No such page/);
  await page.goto(`${server.url}/leads/99999`);
  await page.getByTestId('empty-state').getByText('No such lead').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);

  await page.goto(`${server.url}/?from=2020-01-01&to=2020-01-31`);
  await page.getByRole('button', { name: 'Show them' }).click();
  await spendIs(page, '28,500');
});

test('the keyboard skips to the screen, reads a definition and comes back from a menu', async () => {
  const { page } = owned;
  const focused = (read) => page.evaluate(read);
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('tree-row').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await focused(() => document.activeElement.id), 'content');

  await page.getByRole('columnheader', { name: 'CPL' }).getByRole('button').focus();
  await page.getByRole('tooltip').filter({ hasText: 'Cost of a lead' }).waitFor();

  await page.getByTestId('period-picker').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: 'Last 30 days' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('radio', { name: 'Last 90 days' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('period-picker').and(page.locator(':focus')).waitFor();
});

test('the command line answers the same as the interface after a restart', async () => {
  const api = client(() => server.url);
  await api.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  const question = {
    metrics: ['cost', 'visits'],
    dimensions: ['campaign'],
    period: { from: yesterday, to: yesterday },
  };
  const before = await table(api, question);
  assert.equal(before.totals.cost, '28500.00');
  const days = ['--from', yesterday, '--to', yesterday];
  const command = ['report', '--json', '--metrics', 'cost,visits', '--by', 'campaign', ...days];
  const [printed] = await server.offline(command);
  const said = JSON.parse(printed);
  assert.deepEqual([said.rows, said.totals], [before.report.rows, before.report.totals]);
  const again = await table(api, question);
  assert.deepEqual([again.rows, again.totals], [before.rows, before.totals]);
});
