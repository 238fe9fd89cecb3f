// What part of a workspace people see: an operator their own leads, a specialist their channel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { hire, mail, signIn, somebody } from '../lib/people.mjs';
import { sellByLead } from '../lib/sales.mjs';
import { startServer } from '../lib/server.mjs';

const DAYS = { from: '2026-05-01', to: '2026-05-31' };

let server;
let api;
let members;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
  await hire(server, api, ['sales_operator', 'sales_manager', 'sem']);
  members = (await api.must('GET', '/members')).items;
});
after(() => server.stop());

const idOf = (role) => members.find(({ email }) => email === mail(role)).user_id;

/** A lead with a deal of its own, handed to somebody. */
const lead = (number, source, assignee) => sellByLead(api, number, source, { assignee });

test('a sales operator works on their own leads, and no others are there', async (t) => {
  const mine = await lead(1, 'google', idOf('sales_operator'));
  const others = await lead(2, 'google', idOf('sales_manager'));
  const free = await lead(3, 'vk');
  const operator = await somebody(server, 'sales_operator');
  const listed = (await operator.must('GET', '/leads')).items;
  assert.deepEqual(listed.map(({ id }) => id), [mine]);
  const deals = (await operator.must('GET', '/deals')).items;
  assert.deepEqual(deals.map(({ external_id }) => external_id), ['D-1']);
  const sums = (await operator.must('GET', '/deals/sums')).items;
  assert.deepEqual(sums.map(({ deals, amount }) => [deals, amount]), [[1, '100.00']]);
  for (const id of [others, free]) {
    for (const path of [`/leads/${id}`, `/leads/${id}/timeline`]) {
      assert.equal((await operator.call('GET', path)).status, 404, path);
    }
  }
  const manager = await somebody(server, 'sales_manager');
  const seen = (await manager.must('GET', '/leads')).items.map(({ id }) => id);
  assert.deepEqual(seen, [free, others], 'their own, and those that nobody has');

  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = await browser.page();
  await signIn(page, server.url, { email: mail('sales_operator') });
  await page.goto(`${server.url}/leads?from=2026-05-01&to=2026-05-31`);
  await page.getByText('Only your leads and deals.').waitFor();
  await page.getByRole('link', { name: 'Customer 1' }).waitFor();
  assert.equal(await page.getByText('Customer 2').count(), 0);
  await page.goto(`${server.url}/leads/${others}`);
  await page.getByText('No such lead').waitFor();
});

test('a specialist sees the numbers of the chosen channels only', async (t) => {
  const costs = 'Day,Campaign,Impr.,Clicks,Cost\n2026-05-05,Frames,10,1,100';
  await importFile(api, 'costs', 'search.csv', costs, { source: 'google', medium: 'cpc' });
  await importFile(api, 'costs', 'social.csv', costs, { source: 'vk', medium: 'cpc' });
  const question = { metrics: ['cost', 'leads'], dimensions: ['channel'], period: DAYS };
  const whole = await eventually(async () => {
    const found = await table(api, question);
    const paid = Object.values(found.rows).filter(({ cost }) => Number(cost) > 0);
    return found.totals?.leads === '3' && paid.length === 2 ? found : undefined;
  });
  const channels = (await api.must('GET', '/channels')).items;
  const [name] = Object.keys(whole.rows).filter((each) => Number(whole.rows[each].cost) > 0);
  const channel = channels.find((one) => one.name === name);
  const { etag } = members.find(({ email }) => email === mail('sem'));
  await api.must('PATCH', `/members/${idOf('sem')}`, {
    headers: { 'If-Match': etag },
    body: { channels: [channel.id] },
  });
  const sem = await somebody(server, 'sem');
  const part = await table(sem, question);
  assert.deepEqual(Object.keys(part.rows), [name]);
  assert.deepEqual(part.totals, whole.rows[name]);
  const file = await sem.call('POST', '/reports/export', { body: { ...question, format: 'csv' } });
  const lines = file.body.trim().split('\n');
  assert.ok(lines.some((line) => line.includes(name)), file.body);
  const foreign = Object.keys(whole.rows).filter((each) => each !== name);
  for (const each of foreign) assert.ok(!file.body.includes(each), `${each} is in the file`);
  const rows = await sem.must('POST', '/reports/rows', { body: { ...question, metric: 'cost', row: {} } });
  assert.equal(rows.rows_total, 1);
  const listed = (await sem.must('GET', '/costs?from=2026-05-01&to=2026-05-31')).items;
  assert.equal(listed.length, 1);
  assert.equal((await sem.call('GET', '/live')).body.code, 'beyond_reach');
  assert.deepEqual((await sem.must('GET', '/imports')).items, [], 'imports of others');
  const all = (await api.must('GET', '/leads')).items;
  const own = (await sem.must('GET', '/leads')).items.map(({ id }) => id);
  assert.deepEqual(own, all.filter((one) => one.channel === name).map(({ id }) => id));
  for (const { id, channel: of } of all) {
    assert.equal((await sem.call('GET', `/leads/${id}`)).status, of === name ? 200 : 404);
  }

  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = await browser.page();
  await signIn(page, server.url, { email: mail('sem') });
  await page.goto(`${server.url}/reports`);
  await page.getByText(`Only channels: ${name}.`).waitFor();
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'Live' }).count(), 0);
});

test('an owner makes teams and says who sees what', async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=people`);
  await page.getByRole('button', { name: 'New team' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('North');
  await page.getByRole('checkbox', { name: mail('sales_manager') }).check();
  await page.getByRole('checkbox', { name: mail('sales_operator') }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByTestId('teams').getByText('North').waitFor();
  assert.equal((await api.must('GET', '/teams')).items[0].member_ids.length, 2);
  const reach = `Whose leads and deals ${mail('sales_operator')} sees`;
  await page.getByRole('combobox', { name: reach }).selectOption('team');
  await page.getByText(`${mail('sales_operator')}: saved`).waitFor();
  const operator = await somebody(server, 'sales_operator');
  assert.equal((await operator.must('GET', '/me')).workspaces[0].reach, 'team');
  assert.equal((await operator.must('GET', '/leads')).items.length, 3);
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'teams');
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'teams-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);
});

test('an id that the workspace does not have is never there', async () => {
  const document = await api.must('GET', '/openapi.json');
  const paths = Object.entries(document.paths).flatMap(([path, item]) =>
    ['get', 'delete'].filter((method) => item[method] && path.includes('{')).map((method) => [method, path]),
  );
  for (const [method, path] of paths) {
    const address = path.replace('/api/v1', '').replace(/\{[^}]+\}/g, '987654321');
    const headers = { 'If-Match': '"1"' };
    const answer = await api.call(method.toUpperCase(), address, { headers });
    assert.equal(answer.status, 404, `${method} ${address}: ${JSON.stringify(answer.body)}`);
  }
});
