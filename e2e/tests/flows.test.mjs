// The main flows in a real browser: set-up, import, drill-down, both themes, phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, owner, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
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
  await shoot(page, 'setup-workspace');
  await workspace.getByRole('button').last().click();
  const site = page.getByTestId('setup-site');
  await site.waitFor();
  await site.getByLabel(/domain|address/i).first().fill('localhost');
  await site.getByRole('button').last().click();
  await page.getByTestId('setup-snippet').waitFor();

  const html = await page.getByTestId('setup-snippet').innerText();
  const script = html.match(/src="([^"]+)"/)[1];
  const visitor = await browser.page();
  const shop = await serveShop(`<script defer data-local src="${script}"></script>`);
  const tags = 'utm_source=google&utm_medium=cpc&utm_campaign=Lenses';
  await visitor.page.goto(`http://localhost:${shop.address().port}/lenses?${tags}`);
  await eventually(async () => {
    const answer = await page.evaluate(async () => {
      const list = await (await fetch('/api/v1/sites')).json();
      return (await fetch(`/api/v1/sites/${list.items[0].id}/status`)).json();
    });
    return answer.events_24h > 0;
  });
  shop.close();
  await shoot(page, 'setup-snippet');
});

test('costs are imported with every rejected row, and undone', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/imports/new/costs`);
  await page.getByTestId('import-wizard').waitFor();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'google.csv', mimeType: 'text/csv', buffer: Buffer.from(costFile) });
  await page.getByTestId('import-start').waitFor();
  await shoot(page, 'import-check');
  const source = page.getByLabel('Source', { exact: true });
  if (await source.count()) await source.first().fill('google');
  const medium = page.getByLabel('Medium', { exact: true });
  if (await medium.count()) await medium.first().fill('cpc');
  await page.getByTestId('import-start').click();
  await page.getByTestId('import-result').waitFor();
  await page.getByTestId('import-result').getByText('The amount or count is not a number').first().waitFor();
  await shoot(page, 'import-result');
});

test('the overview shows the spend, and its numbers open', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/`);
  await page.getByTestId('kpi-cost').waitFor();
  await eventually(async () => /28,500/.test(await page.getByTestId('kpi-cost').innerText()));
  await page.getByTestId('channels-card').getByTestId('tree-row').first().waitFor();
  await shoot(page, 'overview-light');
});

test('a report drills down from channel to keyword in place', async () => {
  const { page } = owned;
  await page.goto(`${server.url}/reports`);
  const rows = page.getByTestId('tree-row');
  await rows.first().waitFor();
  const before = await rows.count();
  await rows.first().getByRole('button').first().click();
  await eventually(async () => (await rows.count()) > before);
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

test('every screen is there in both themes and on a phone, and axe finds no barrier', async () => {
  const { context } = owned;
  const state = await context.storageState();
  const screens = ['/', '/reports', '/leads', '/deals', '/costs', '/links', '/sites', '/channels', '/settings'];
  for (const colorScheme of ['light', 'dark']) {
    const wide = await browser.page({ storageState: state, colorScheme });
    for (const screen of screens) {
      await wide.page.goto(server.url + screen);
      await wide.page.getByRole('heading', { level: 1 }).first().waitFor();
      await wide.page.waitForLoadState('networkidle');
      assert.deepEqual(await barriers(wide.page), [], `${screen} in ${colorScheme}`);
      await shoot(wide.page, `${colorScheme}${screen === '/' ? '-overview' : screen.replaceAll('/', '-')}`);
    }
    assert.deepEqual(wide.complaints, []);
  }
  const small = await browser.page({ storageState: state, viewport: phone });
  for (const screen of screens) {
    await small.page.goto(server.url + screen);
    await small.page.getByRole('heading', { level: 1 }).first().waitFor();
    await small.page.waitForLoadState('networkidle');
    assert.ok((await overflow(small.page)) <= 0, `${screen} scrolls sideways on a phone`);
    await shoot(small.page, `phone${screen === '/' ? '-overview' : screen.replaceAll('/', '-')}`);
  }
});

test('the command line answers the same as the interface after a restart', async () => {
  const api = client(() => server.url);
  await api.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  const key = await apiKey(api);
  assert.ok(key.Authorization.startsWith('Bearer tl_'));
  const question = {
    metrics: ['cost', 'visits'],
    dimensions: ['campaign'],
    period: { from: yesterday, to: yesterday },
  };
  const before = await table(api, question);
  await server.crash();
  const after = await table(api, question);
  assert.deepEqual(after.rows, before.rows);
  assert.equal(after.totals.cost, '28500.00');
});
