// Share links: a saved view for whoever has the link, within what its maker sees.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { hire, mail, signIn, somebody } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const VIEW = {
  screen: 'reports',
  period: { moving: 'last_30' },
  metrics: ['leads', 'cost'],
  dimensions: ['campaign'],
};

let server;
let api;
let browser;
let stranger;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  stranger = client(() => server.url);
  await setUp(api);
  for (const [index, campaign] of ['spring', 'spring', 'autumn'].entries()) {
    await api.must('POST', '/leads', {
      body: { phone: `+4860123456${index}`, source: 'google', medium: 'cpc', campaign },
    });
  }
  const period = { from: '2026-01-01', to: '2100-01-01' };
  const today = new Date().toISOString().slice(0, 10);
  await eventually(async () => {
    const body = { metrics: ['leads'], period: { ...period, from: `${today.slice(0, 4)}-01-01`, to: `${today.slice(0, 4)}-12-31` } };
    return (await api.must('POST', '/reports/query', { body })).totals[0].value === '3';
  });
  await hire(server, api, ['analyst', 'seo', 'content', 'sem']);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const save = (person, name, view = {}) =>
  person.must('POST', '/saved-views', { body: { name, is_shared: true, view: { ...VIEW, ...view } } });
const share = (person, view, body = {}) =>
  person.must('POST', '/share-links', { body: { view_id: view.id, days: 7, ...body } });
const secretOf = ({ link }) => link.split('#')[1];
const open = (secret, password) =>
  stranger.call('POST', '/share-links/open', { body: { secret, password } });

test('whoever has the link sees the numbers, and nobody without it', async () => {
  const view = await save(api, 'By campaign');
  const made = await share(api, view);
  assert.match(made.link, /\/shared#[\w-]{32,}$/);
  const shown = await open(secretOf(made));
  assert.equal(shown.status, 200);
  assert.equal(shown.body.name, 'By campaign');
  const leads = Object.fromEntries(
    shown.body.table.rows.map((row) => [row.dimensions[0].label, row.cells[0].value]),
  );
  assert.deepEqual([leads.spring, leads.autumn], ['2', '1']);
  assert.equal(shown.body.table.totals[0].value, '3');
  assert.equal((await open('x'.repeat(43))).body.code, 'link_expired');
  const { items } = await api.must('GET', '/share-links');
  assert.equal(items[0].looks, 1);
  assert.equal(JSON.stringify(items).includes(secretOf(made)), false, 'the secret is told once');
  await api.must('DELETE', `/share-links/${made.id}`);
  assert.equal((await open(secretOf(made))).body.code, 'link_expired');
  assert.deepEqual((await api.must('GET', '/share-links')).items, []);
  const acts = (await api.must('GET', '/audit')).items.map(({ act }) => act);
  for (const act of ['share_link.created', 'share_link.opened', 'share_link.revoked']) {
    assert.ok(acts.includes(act), act);
  }
});

test('a password is asked for, and guessing it ends soon', async () => {
  const made = await share(api, await save(api, 'Locked'), { password: 'correct horse' });
  const secret = secretOf(made);
  assert.equal((await open(secret)).body.code, 'password_needed');
  assert.match(JSON.stringify((await open(secret, 'wrong horse')).body), /wrong_password/);
  assert.equal((await open(secret, 'correct horse')).status, 200);
  for (let tries = 0; tries < 9; tries += 1) await open(secret, `guess ${tries}`);
  assert.equal((await open(secret, 'correct horse')).status, 429);
});

test('a link shows chosen numbers only, and ends where its maker may not see them any more', async () => {
  const analyst = await somebody(server, 'analyst');
  const view = await save(analyst, 'Of the analyst');
  const limited = await share(analyst, view, { metrics: ['leads'] });
  const whole = await share(analyst, view);
  const keys = ({ body }) =>
    body.table.columns.filter(({ kind }) => kind === 'metric').map(({ key }) => key);
  assert.deepEqual(keys(await open(secretOf(limited))), ['leads']);
  assert.deepEqual(keys(await open(secretOf(whole))), ['leads', 'cost']);
  const change = async (role) => {
    const { items } = await api.must('GET', '/members');
    const { user_id, etag } = items.find(({ email }) => email === mail('analyst'));
    await api.must('PATCH', `/members/${user_id}`, { headers: { 'If-Match': etag }, body: { role } });
  };
  await change('content');
  assert.equal((await open(secretOf(limited))).body.code, 'link_expired', 'no right to share');
  await change('analyst');
  assert.equal((await open(secretOf(limited))).body.code, 'link_expired', 'it does not come back');
});

test('the links of who leaves the workspace end, and those of who stays as they are do not', async () => {
  const sem = await somebody(server, 'sem');
  const view = await save(sem, 'Of who leaves');
  const secret = secretOf(await share(sem, view));
  const self = async () =>
    (await api.must('GET', '/members')).items.find(({ email }) => email === mail('sem'));
  const { user_id, etag } = await self();
  const body = { role: 'sem' };
  await api.must('PATCH', `/members/${user_id}`, { headers: { 'If-Match': etag }, body });
  assert.equal((await open(secret)).status, 200, 'nothing was changed');
  const listed = async () =>
    (await api.must('GET', '/share-links')).items.filter(({ view_id }) => view_id === view.id);
  assert.equal((await listed()).length, 1);
  const headers = { 'If-Match': (await self()).etag };
  await api.must('DELETE', `/members/${user_id}`, { headers });
  assert.equal((await open(secret)).body.code, 'link_expired');
  assert.deepEqual(await listed(), []);
});

test('a price is shown without the money and the number that it is made of', async () => {
  const view = await save(api, 'Prices', { metrics: ['leads', 'cpl'] });
  const { status, body } = await open(secretOf(await share(api, view, { metrics: ['cpl'] })));
  assert.equal(status, 200);
  assert.doesNotMatch(JSON.stringify(body), /"(numerator|denominator|interval)"/);
});

test('a view that somebody else changes is shown no more by the link of whoever made it', async () => {
  const analyst = await somebody(server, 'analyst');
  const filters = [{ dimension: 'campaign', op: 'is', values: ['spring'] }];
  const segment = await api.must('POST', '/segments', { body: { name: 'Spring', filters } });
  const view = await save(api, 'Watched', { segments: [segment.id] });
  const patch = (person, { id, etag }, body, what = 'saved-views') =>
    person.must('PATCH', `/${what}/${id}`, { headers: { 'If-Match': etag }, body });
  const question = (metrics) => ({ ...VIEW, metrics, segments: [segment.id] });
  const first = await share(api, view);
  const renamed = await patch(analyst, view, { name: 'Looked at' });
  const own = await patch(api, renamed, { view: question(['leads']) });
  assert.equal((await open(secretOf(first))).status, 200, 'a name, and the change of its maker');
  const widened = await patch(analyst, own, { view: question(['leads', 'cost']) });
  assert.equal((await open(secretOf(first))).body.code, 'link_expired');
  const second = await share(api, widened);
  await patch(analyst, segment, { filters: [{ ...filters[0], op: 'is_not' }] }, 'segments');
  assert.equal((await open(secretOf(second))).body.code, 'link_expired');
});

test('who may not share does not, for too long neither, and no single events', async () => {
  const content = await somebody(server, 'content');
  const view = await save(api, 'All');
  const refused = async (person, body) => {
    const answer = await person.call('POST', '/share-links', { body: { view_id: view.id, days: 7, ...body } });
    return answer.body.errors?.[0]?.code ?? answer.body.code;
  };
  assert.equal(await refused(content, {}), 'forbidden');
  assert.equal((await content.call('GET', '/share-links')).status, 403);
  assert.equal(await refused(api, { days: 91 }), 'out_of_range');
  assert.equal(await refused(api, { days: 0 }), 'out_of_range');
  assert.equal(await refused(api, { metrics: ['revenue'] }), 'required');
  assert.equal(await refused(api, { metrics: ['leads', 'revenue'] }), 'unknown_metric');
  const told = await save(api, 'Properties', { dimensions: ['property'], property: 'plan' });
  assert.equal(await refused(api, { view_id: told.id }), 'not_shareable');
  const filters = [{ dimension: 'property', op: 'is', values: ['pro'] }];
  const one = await save(api, 'One person', { filters, property: 'plan' });
  assert.equal(await refused(api, { view_id: one.id }), 'not_shareable');
  const profit = await save(api, 'Profit', { metrics: ['leads', 'gross_profit'] });
  const seo = await somebody(server, 'seo');
  assert.equal(await refused(seo, { view_id: profit.id }), 'forbidden', 'it would show nothing');
  assert.equal((await open(secretOf(await share(seo, profit, { metrics: ['leads'] })))).status, 200);
});

test('the page stands alone, in another language, on a phone and on paper', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  const view = await save(api, 'Spring and autumn');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitemradio', { name: 'Spring and autumn' }).click();
  await page.waitForURL(new RegExp(`view=${view.id}`));
  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitem', { name: 'Share by link…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Days that it works').fill('14');
  await shoot(page, 'share-dialog');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = await dialog.getByLabel('Link', { exact: true }).innerText();

  const visit = await browser.page();
  const response = await visit.page.goto(link);
  assert.match(response.headers()['x-robots-tag'], /noindex/);
  assert.equal(response.headers()['referrer-policy'], 'no-referrer');
  await visit.page.getByRole('heading', { name: 'Spring and autumn' }).waitFor();
  await visit.page.getByTestId('shared-table').getByText('autumn').waitFor();
  assert.equal(await visit.page.getByRole('navigation').count(), 0);
  await shoot(visit.page, 'shared');
  assert.deepEqual(await barriers(visit.page), []);
  await visit.page.locator('label', { has: visit.page.getByRole('radio', { name: 'Русский' }) }).click();
  await visit.page.getByTestId('shared-table').getByText('Итого').waitFor();
  await visit.page.getByText('ссылка действует до').waitFor();
  await visit.page.setViewportSize(phone);
  assert.equal(await overflow(visit.page), 0);
  await shoot(visit.page, 'shared-phone');
  await visit.page.emulateMedia({ media: 'print', colorScheme: 'light' });
  await visit.page.getByRole('button', { name: 'Печать' }).waitFor({ state: 'hidden' });
  await shoot(visit.page, 'shared-print');
  assert.deepEqual(visit.complaints.filter((each) => !each.includes('401')), []);

  await page.goto(`${server.url}/settings?tab=sharing`);
  const links = page.getByTestId('share-links');
  await links.getByText('Spring and autumn').waitFor();
  await shoot(page, 'sharing');
  await links.getByRole('button', { name: 'Revoke: Spring and autumn' }).click();
  await page.getByText('The link opens nothing any more').waitFor();
  await links.getByText('Spring and autumn').waitFor({ state: 'detached' });
  await visit.page.emulateMedia({ media: 'screen' });
  await visit.page.reload();
  await visit.page.getByRole('heading', { name: 'Эта ссылка больше ничего не показывает' }).waitFor();
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  assert.deepEqual(complaints, []);
});

// Last, as the network is refused for a while afterwards.
test('wrong secrets of a network shut out nobody who has a right one', async () => {
  const made = await share(api, await save(api, 'Behind a proxy'));
  for (let tries = 0; tries < 12; tries += 1) await open(`${tries}`.repeat(43).slice(0, 43));
  assert.equal((await open('y'.repeat(43))).status, 429);
  assert.equal((await open(secretOf(made))).status, 200);
});
