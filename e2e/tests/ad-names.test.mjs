// A campaign that its platform renamed: one row by the new name, found by the former one, and the
// former one again when the import that renamed it is taken back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { signedIn } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const api = client(() => server.url);
let server;
let browser;

const period = { from: '2015-11-01', to: '2015-11-30' };
const dates = 'from=2015-11-01&to=2015-11-30';
const header = 'Day,Campaign,Campaign ID,Source,Medium,Impressions,Clicks,Cost';
const OLD = [header, '2015-11-01,Autumn,77,google,cpc,100,10,500', '2015-11-01,Lenses,88,google,cpc,9,1,7'];
const NEW = [header, '2015-11-05,Winter,77,google,cpc,100,10,300'];
let renaming;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  await setUp(api);
  await importFile(api, 'costs', 'old.csv', OLD.join('\n'));
  renaming = await importFile(api, 'costs', 'new.csv', NEW.join('\n'));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until a report by campaign shows exactly these costs. */
async function shows(wanted, filters = []) {
  const question = { metrics: ['cost'], dimensions: ['campaign'], period, filters };
  let last;
  const done = await eventually(async () => {
    const { rows } = await table(api, question);
    const costs = Object.entries(rows).map(([campaign, { cost }]) => [campaign, cost]);
    last = Object.fromEntries(costs.filter(([, cost]) => Number(cost) !== 0));
    return JSON.stringify(last) === JSON.stringify(wanted);
  }).catch(() => false);
  assert.ok(done, `${JSON.stringify(last)} instead of ${JSON.stringify(wanted)}`);
}

const former = [{ dimension: 'campaign', op: 'is', values: ['Autumn'] }];

test('a renamed campaign is one row, and its former name finds it', async () => {
  await shows({ Winter: '800.00', Lenses: '7.00' });
  await shows({ Winter: '800.00' }, former);
  const asked = '/ad-names?source=google&level=campaign&external_id=77';
  const { shown, names } = await api.must('GET', asked);
  assert.equal(shown, 'Winter');
  assert.deepEqual(
    names.map(({ name, first_day, last_day }) => [name, first_day, last_day]),
    [
      ['Winter', '2015-11-05', '2015-11-05'],
      ['Autumn', '2015-11-01', '2015-11-01'],
    ],
  );
  const { items } = await api.must('GET', `/costs?${dates}&campaign=Winter`);
  assert.deepEqual(
    items.map((cost) => [cost.campaign, cost.shown.campaign.name]),
    [
      ['Winter', 'Winter'],
      ['Autumn', 'Winter'],
    ],
  );
  const wrong = await api.call('GET', '/ad-names?source=google&level=keyword&external_id=77');
  assert.equal(wrong.status, 422);
  const nobody = await api.call('GET', '/ad-names?source=google&level=ad&external_id=77');
  assert.equal(nobody.status, 404);
});

test('the screens say what it was called before', async () => {
  const { page, complaints } = await signedIn(browser, server.url, owner);
  await page.goto(`${server.url}/costs?tab=rows&${dates}&campaign=Winter`);
  const before = page.getByTestId('formerly').first();
  await before.getByText(/formerly Autumn until/).waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'ad-names-costs');
  await page.setViewportSize(phone);
  await page.getByText(/formerly Autumn until/).first().waitFor();
  assert.equal(await overflow(page), 0);
  assert.deepEqual(complaints, []);
});

test('undo brings the former name back', async () => {
  await api.must('POST', `/imports/${renaming.id}/undo`);
  await shows({ Autumn: '500.00', Lenses: '7.00' });
});
