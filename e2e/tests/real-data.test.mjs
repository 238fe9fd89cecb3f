// A real web server's log and a real shop's orders, by the commands a user would type.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const absent = existsSync(data) ? false : 'the public data sets are not beside the checkout';

test('a log and a shop give their known figures, also after a rebuild', { skip: absent }, async (context) => {
  const server = await startServer();
  context.after(() => server.stop());
  await setUp(client(() => server.url), { currency: 'USD', time_zone: 'UTC', vat_rate_percent: '0' });
  const log = `${data}access-log/semicomplete-2015-05.log.gz`;
  const orders = `${data}orders/cdnow_sample_transactions.csv`;
  const report = (metrics, from, to) =>
    ['report', '--json', '--metrics', metrics, '--from', from, '--to', to, '--basis', 'payment'];
  const visits = report('visits,page_views', '2015-05-01', '2015-05-31');
  const sales = report('sales,customers,revenue', '1997-01-01', '1998-06-30');
  const [first, again, , views, sold, , viewsAgain, soldAgain] = await server.offline(
    ['import', 'access-log', log, '--json'],
    ['import', 'access-log', log, '--json'],
    ['import', 'deals', orders, '--currency', 'USD', '--json'],
    visits,
    sales,
    ['rebuild', '--json'],
    visits,
    sales,
  );
  assert.equal(JSON.parse(first).lines, 10_000);
  // These numbers stand in docs/tutorial.md.
  const { visits: people, page_views: pages } = JSON.parse(first);
  assert.deepEqual([people, pages], [1_173, 1_846]);
  const { new: brought, id: firstId, ...told } = JSON.parse(first);
  const { new: broughtAgain, id: secondId, ...toldAgain } = JSON.parse(again);
  assert.deepEqual(told, toldAgain);
  assert.deepEqual([brought, broughtAgain], [3_960, 0]);
  assert.notEqual(firstId, secondId);
  const totals = (text) => JSON.parse(text).totals.map((cell) => cell.value);
  assert.deepEqual(totals(views), [String(people), String(pages)]);
  assert.deepEqual(totals(sold), ['6919', '2357', '244091.94']);
  assert.deepEqual(totals(viewsAgain), totals(views));
  assert.deepEqual(totals(soldAgain), totals(sold));
});
