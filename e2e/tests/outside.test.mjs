// Partners and advertisers: invited to see some channels, shown these and nothing of the house.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { join, PASSWORD, signIn } from '../lib/people.mjs';
import { sellByLead } from '../lib/sales.mjs';
import { startServer } from '../lib/server.mjs';

const PERIOD = { from: '2026-05-01', to: '2026-05-31' };
const days = `from=${PERIOD.from}&to=${PERIOD.to}`;

let server;
let api;
let browser;
/** The channels by their names. */
let channels;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
  const listed = (await api.must('GET', '/channels')).items;
  channels = Object.fromEntries(listed.map(({ name, id }) => [name, id]));
  const me = (await api.must('GET', '/me')).user.id;
  const { etag } = await api.must('GET', '/deal-statuses');
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': etag },
    body: { items: [{ status: 'paid', group: 'paid' }] },
  });
  for (const [number, source] of [[1, 'google'], [2, 'google'], [3, 'vk']]) {
    await sold(number, source, me);
  }
  const costs = 'Day,Campaign,Impr.,Clicks,Cost\n2026-05-05,camp-1,1000,100,77.00';
  await importFile(api, 'costs', 'google.csv', costs, { source: 'google', medium: 'cpc' });
  await eventually(async () => {
    const seen = await asked(api, ['leads', 'sales', 'cost']);
    return seen.join() === '3,3,77';
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A lead that somebody of the house has, with a deal that was won. */
function sold(number, source, assignee) {
  const paid_at = `2026-05-0${number}T13:00:00Z`;
  const deal = { status: 'paid', cost_of_goods: '40.00', paid_at };
  return sellByLead(api, number, source, { deal, assignee });
}

/** What the API says of metrics to somebody. */
async function asked(person, metrics) {
  const question = { metrics, dimensions: ['channel'], period: PERIOD };
  const { status, body } = await person.call('POST', '/reports/query', { body: question });
  if (status !== 200) return body.code;
  const { totals } = await table(person, question);
  return metrics.map((metric) => Number(totals[metric]));
}

const told = (complaints) => complaints.filter((each) => !each.includes('401'));

test('a partner is invited to a channel, and sees its counts and nothing else', async () => {
  const { page: desk } = await browser.page();
  await signIn(desk, server.url, owner);
  await desk.goto(`${server.url}/settings?tab=people`);
  await desk.getByRole('button', { name: 'Invite', exact: true }).click();
  const form = desk.getByRole('dialog');
  await form.getByLabel('E-mail').fill('partner@blog.example');
  await form.getByLabel('Role').selectOption('partner');
  await form.getByText('no revenue, spend or margin, no contacts').waitFor();
  const send = form.getByRole('button', { name: 'Send invitation' });
  assert.equal(await send.isDisabled(), true, 'no channel is chosen');
  await form.getByLabel('Paid search').check();
  await shoot(desk, 'outside-invite');
  assert.deepEqual(await barriers(desk), []);
  await send.click();
  const shown = desk.getByRole('dialog').getByText(/\/join#/).first();
  const link = (await shown.textContent()).match(/https?:\S+#\S+/)[0];
  await desk.getByRole('button', { name: 'Done' }).click();
  await desk.getByText('Only: Paid search').waitFor();

  const { page, complaints } = await browser.page();
  await page.goto(link.replace(/^https?:\/\/[^/]+/, server.url));
  await page.getByText('You will see: Paid search').waitFor();
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  const rail = page.getByRole('navigation').first();
  await rail.waitFor();
  const entries = (await rail.getByRole('link').allTextContents()).map((text) => text.trim());
  for (const seen of ['Overview', 'Reports', 'Settings']) assert.ok(entries.includes(seen), seen);
  for (const hidden of ['Live', 'Leads', 'Deals', 'Links', 'Costs', 'Sites', 'Channels']) {
    assert.ok(!entries.includes(hidden), hidden);
  }
  await page.goto(`${server.url}/reports?${days}`);
  await page.getByText('Only channels: Paid search.').waitFor();
  await page.getByRole('columnheader', { name: 'Leads' }).waitFor();
  for (const hidden of ['Spend', 'Revenue', 'ROMI']) {
    assert.equal(await page.getByRole('columnheader', { name: hidden }).count(), 0, hidden);
  }
  await shoot(page, 'outside-reports');
  await page.goto(`${server.url}/?${days}`);
  await page.getByRole('heading', { name: 'Overview' }).first().waitFor();
  await page.getByText('Leads, Sales by day').first().waitFor();
  await shoot(page, 'outside-overview');
  for (const hidden of ['Revenue', 'Spend', 'ROMI']) {
    assert.equal(await page.getByText(hidden).count(), 0, hidden);
  }
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await page.goto(`${server.url}/settings`);
  await page.getByRole('tab', { name: 'Profile' }).waitFor();
  assert.equal(await page.getByRole('tab').count(), 2, 'profile and sessions');
  await page.goto(`${server.url}/leads`);
  await page.getByRole('heading', { name: 'Not part of your role' }).waitFor();
  assert.deepEqual(told(complaints), []);

  const partner = client(() => server.url);
  const body = { email: 'partner@blog.example', password: PASSWORD };
  await partner.must('POST', '/sessions', { body });
  assert.deepEqual(await asked(partner, ['leads', 'sales']), [2, 2]);
  for (const metric of ['revenue', 'cost', 'romi', 'gross_profit']) {
    assert.equal(await asked(partner, [metric]), 'forbidden', metric);
  }
  const names = (await partner.must('GET', '/channels')).items.map(({ name }) => name);
  assert.ok(names.includes('Paid search') && !names.includes('Social'), names.join());
  for (const path of ['/leads', '/deals', '/members', '/audit', '/annotations', '/workspace']) {
    assert.equal((await partner.call('GET', path)).status, 403, path);
  }
});

test('an advertiser sees leads, deals and revenue of theirs, masked, in any language', async () => {
  const seen = [channels['Paid search']];
  const advertiser = await join(server, api, 'ads@brand.example', 'advertiser', seen);
  assert.deepEqual(await asked(advertiser, ['leads', 'revenue']), [2, 300]);
  for (const metric of ['cost', 'cpl', 'margin', 'cost_of_goods']) {
    assert.equal(await asked(advertiser, [metric]), 'forbidden', metric);
  }
  const leads = (await advertiser.must('GET', '/leads')).items;
  assert.deepEqual(
    leads.map((one) => [one.name, one.phone, one.assignee_id, one.assignee]),
    [2, 1].map((number) => ['C•••', `•••0${number}`, null, null]),
  );
  const deals = (await advertiser.must('GET', '/deals')).items;
  assert.deepEqual(
    deals.map((one) => [one.external_id, one.title, one.amount, one.cost_of_goods, one.assignee]),
    [['', '#2', '200.00', null, null], ['', '#1', '100.00', null, null]],
  );

  const options = { colorScheme: 'dark' };
  const { page, complaints } = await browser.page(options);
  await signIn(page, server.url, { email: 'ads@brand.example' });
  await page.goto(`${server.url}/leads?${days}`);
  await page.getByText('C•••').first().waitFor();
  assert.equal(await page.getByLabel('Responsible').count(), 0);
  await shoot(page, 'outside-leads');
  assert.deepEqual(await barriers(page), []);
  await page.goto(`${server.url}/deals?${days}`);
  await page.getByText('#2').first().waitFor();
  assert.equal(await page.getByTestId('deals-import').count(), 0);
  await page.goto(`${server.url}/leads/${leads[0].id}`);
  await page.getByRole('heading', { name: 'C•••' }).first().waitFor();
  await page.goto(`${server.url}/?${days}`);
  await page.getByText('Revenue').first().waitFor();
  const { user } = await advertiser.must('GET', '/me');
  await advertiser.must('PATCH', '/me', {
    headers: { 'If-Match': user.etag },
    body: { language: 'ru' },
  });
  await page.reload();
  await page.getByText('Выручка').first().waitFor();
  await shoot(page, 'outside-overview-ru');
  assert.deepEqual(told(complaints), []);
});

test('a colleague who becomes an outsider is asked about, and only with channels', async () => {
  await join(server, api, 'ola@shop.example', 'analyst');
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.goto(`${server.url}/settings?tab=people`);
  const choice = page.getByRole('combobox', { name: 'Role of ola@shop.example' });
  await choice.selectOption('advertiser');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('no spend or margin, no contacts').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await eventually(async () => (await choice.inputValue()) === 'analyst');
  await choice.selectOption('advertiser');
  await dialog.getByLabel('Social').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('ola@shop.example: now Advertiser').waitFor();
  const ola = (await api.must('GET', '/members')).items.find(({ email }) => email.startsWith('ola'));
  assert.deepEqual([ola.role, ola.channels], ['advertiser', [channels.Social]]);
  await page.getByText('Only: Social').first().waitFor();
  // Who saw some channels before is asked about as well, with just those.
  const jan = await join(server, api, 'jan@shop.example', 'analyst');
  const { items } = await api.must('GET', '/members');
  const limited = items.find(({ email }) => email === 'jan@shop.example');
  await api.must('PATCH', `/members/${limited.user_id}`, {
    headers: { 'If-Match': limited.etag },
    body: { channels: [channels.Social] },
  });
  await page.reload();
  await page.getByRole('combobox', { name: 'Role of jan@shop.example' }).selectOption('partner');
  await dialog.getByLabel('Social').waitFor();
  assert.equal(await dialog.getByLabel('Social').isChecked(), true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await jan.must('GET', '/me')).workspaces[0].role, 'analyst');
  const widened = await api.call('PATCH', `/members/${ola.user_id}`, {
    headers: { 'If-Match': ola.etag },
    body: { channels: null },
  });
  assert.equal(widened.status, 422);
  assert.deepEqual(told(complaints), []);
});
