// Saved views and segments: what a screen shows, under a name, for oneself or for everybody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp, table } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { hire, signIn, somebody } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
const VIEW = {
  screen: 'reports',
  period: { moving: 'last_30' },
  metrics: ['leads'],
  dimensions: ['campaign'],
};

let server;
let api;
let browser;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  api = client(() => server.url);
  await setUp(api);
  for (const [index, campaign] of ['spring', 'spring', 'autumn'].entries()) {
    await api.must('POST', '/leads', {
      body: { phone: `+4860123456${index}`, source: 'google', medium: 'cpc', campaign },
    });
  }
  await eventually(async () => (await leads([])).spring === '2' && (await leads([])).autumn === '1');
  await hire(server, api, ['analyst', 'content', 'partner', 'smm']);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Leads by campaign within segments. */
async function leads(segments) {
  const question = {
    metrics: ['leads'],
    dimensions: ['campaign'],
    period: { from: day(5), to: day(-1) },
    segments,
  };
  const { rows } = await table(api, question);
  return Object.fromEntries(Object.entries(rows).map(([name, cells]) => [name, cells.leads]));
}

const names = async (person) =>
  (await person.must('GET', '/saved-views')).items.map(({ name }) => name).sort();

test('a view is its maker’s own until it is everybody’s, and some may make it so', async () => {
  const [analyst, content] = [await somebody(server, 'analyst'), await somebody(server, 'content')];
  const save = (person, body) => person.call('POST', '/saved-views', { body: { view: VIEW, ...body } });
  const own = await save(content, { name: 'Mine' });
  assert.equal(own.status, 201);
  assert.equal((await save(content, { name: 'Mine' })).status, 409, 'the name is taken');
  assert.equal((await save(analyst, { name: 'Mine' })).status, 201, 'by somebody else it is not');
  assert.equal((await save(content, { name: 'All', is_shared: true })).status, 403);
  const shared = await save(analyst, { name: 'All', is_shared: true });
  assert.deepEqual(await names(content), ['All', 'Mine']);
  const partner = await somebody(server, 'partner');
  assert.deepEqual(await names(partner), []);
  assert.equal((await partner.call('GET', `/saved-views/${shared.body.id}`)).status, 404);
  assert.equal((await analyst.call('GET', `/saved-views/${own.body.id}`)).status, 404);
  const rename = (person, view, etag, name) =>
    person.call('PATCH', `/saved-views/${view.id}`, { headers: { 'If-Match': etag }, body: { name } });
  assert.equal((await rename(content, shared.body, shared.body.etag, 'Taken')).status, 403);
  const renamed = await rename(analyst, shared.body, shared.body.etag, 'For all');
  assert.equal(renamed.body.name, 'For all');
  assert.equal((await rename(analyst, shared.body, shared.body.etag, 'Again')).status, 412);
  assert.deepEqual(await names(content), ['For all', 'Mine']);
});

test('one view is the default of its like', async () => {
  const make = (name, body) =>
    api.must('POST', '/saved-views', { body: { name, view: VIEW, is_default: true, ...body } });
  await make('First');
  await make('Second');
  await make('Third', { is_shared: true });
  const { items } = await api.must('GET', '/saved-views');
  const defaults = items.filter(({ is_default }) => is_default).map(({ name }) => name);
  assert.deepEqual(defaults.sort(), ['Second', 'Third']);
  for (const { id, etag, may_edit } of items) {
    if (may_edit) await api.must('DELETE', `/saved-views/${id}`, { headers: { 'If-Match': etag } });
  }
});

test('what a view asks has to be there, and for its maker to see', async () => {
  const refused = async (person, view) => {
    const answer = await person.call('POST', '/saved-views', { body: { name: 'No', view } });
    return answer.body.code === 'validation_failed' ? answer.body.errors[0].code : answer.body.code;
  };
  const content = await somebody(server, 'content');
  assert.equal(await refused(content, { ...VIEW, metrics: ['cost'] }), 'forbidden');
  const cases = [
    [{ metrics: ['gold'] }, 'unknown_metric'],
    [{ segments: [987654321] }, 'unknown_segment'],
    [{ segments: [1, 1] }, 'named_twice'],
    [{ segments: Array.from({ length: 11 }, (_each, at) => at) }, 'out_of_range'],
    [{ dimensions: ['campaign', 'nonsense'] }, 'unknown_dimension'],
    [{ filters: [{ dimension: 'campaign', op: 'is', values: ['x'.repeat(33_000)] }] }, 'too_large'],
    [{ period: { fixed: { from: '2026-03-02', to: '2026-03-01' } } }, 'bad_period'],
    [{ look: { 'A b': 'x' } }, 'out_of_range'],
  ];
  for (const [part, code] of cases) {
    const answer = await api.call('POST', '/saved-views', { body: { name: 'No', view: { ...VIEW, ...part } } });
    assert.equal(answer.status, 422, code);
    assert.match(JSON.stringify(answer.body), new RegExp(code));
  }
});

test('whoever changes a view of everybody’s takes no metric from those who see more', async () => {
  const metrics = ['leads', 'gross_profit'];
  const made = await api.must('POST', '/saved-views', {
    body: { name: 'Profit', is_shared: true, view: { ...VIEW, metrics } },
  });
  const smm = await somebody(server, 'smm');
  const change = (etag, view) =>
    smm.call('PATCH', `/saved-views/${made.id}`, { headers: { 'If-Match': etag }, body: { view } });
  const kept = await change(made.etag, { ...VIEW, metrics, period: { moving: 'last_7' } });
  assert.deepEqual([kept.status, kept.body.view.metrics], [200, metrics]);
  const more = await change(kept.body.etag, { ...VIEW, metrics: [...metrics, 'romi'] });
  assert.equal(more.status, 403);
  await api.must('DELETE', `/saved-views/${made.id}`, { headers: { 'If-Match': kept.body.etag } });
});

test('a value of a property is no part of a segment, as a question may be about another one', async () => {
  const filters = [{ dimension: 'property', op: 'is', values: ['pro'] }];
  const refused = await api.call('POST', '/segments', { body: { name: 'Pro', filters } });
  assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'filters']);
});

test('a segment filters reports, its change shows, and in use it stays', async () => {
  const filters = [{ dimension: 'campaign', op: 'is', values: ['spring'] }];
  const made = await api.must('POST', '/segments', { body: { name: 'Spring', filters } });
  assert.deepEqual(await leads([made.id]), { spring: '2' });
  const view = { ...VIEW, segments: [made.id] };
  const kept = await api.must('POST', '/saved-views', { body: { name: 'Of spring', view } });
  const remove = (etag) =>
    api.call('DELETE', `/segments/${made.id}`, { headers: { 'If-Match': etag } });
  const inUse = await remove(made.etag);
  assert.equal(inUse.body.code, 'segment_in_use');
  assert.match(inUse.body.detail, /1 saved views use the segment, among them "Of spring"/);
  const changed = await api.must('PATCH', `/segments/${made.id}`, {
    headers: { 'If-Match': made.etag },
    body: { filters: [{ dimension: 'campaign', op: 'is', values: ['autumn'] }] },
  });
  assert.deepEqual(await leads([made.id]), { autumn: '1' });
  await api.must('DELETE', `/saved-views/${kept.id}`, { headers: { 'If-Match': kept.etag } });
  assert.equal((await remove(changed.etag)).status, 204);
  const gone = await api.call('POST', '/reports/query', {
    body: { ...VIEW, screen: undefined, period: { from: day(5), to: day(0) }, segments: [made.id] },
  });
  assert.match(JSON.stringify(gone.body), /unknown_segment/);
  const content = await somebody(server, 'content');
  assert.equal((await content.call('POST', '/segments', { body: { name: 'No', filters } })).status, 403);
});

test('a view is saved, opened, changed and removed on the screen, with a segment in it', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/reports?by=campaign&columns=leads&filter=campaign:is:spring`);
  const rows = page.getByTestId('report-card');
  await rows.getByText('spring', { exact: true }).waitFor();

  await page.getByTestId('segments-menu').click();
  await page.getByRole('menuitem', { name: 'Save filters as a segment…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Save these filters as').fill('Of spring');
  await shoot(page, 'segments-dialog');
  await dialog.getByRole('button', { name: 'Save the segment' }).click();
  await page.getByTestId('segment-chip').getByText('Of spring').waitFor();
  assert.doesNotMatch(page.url(), /filter=/);
  await page.getByTestId('segments-menu').click();
  await page.getByRole('menuitem', { name: 'All segments…' }).click();
  await dialog.getByRole('button', { name: 'Edit: Of spring' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Of the spring');
  await dialog.getByLabel('Name', { exact: true }).press('Enter');
  await dialog.getByText('Of the spring').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByTestId('segment-chip').getByText('Of the spring').waitFor();

  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitem', { name: 'Save as a view…' }).click();
  await dialog.getByLabel('Name').fill('Spring by campaign');
  await dialog.getByLabel('Open the screen with it').check();
  await shoot(page, 'view-save');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByTestId('views-menu').getByText('Spring by campaign').waitFor();

  // The bare address opens with the default, and the segment counts.
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('views-menu').getByText('Spring by campaign').waitFor();
  await page.getByTestId('segment-chip').waitFor();
  await rows.getByText('spring', { exact: true }).waitFor();
  assert.equal(await rows.getByText('autumn', { exact: true }).count(), 0);

  await page.getByRole('button', { name: 'Remove filter: Of the spring' }).click();
  await page.getByTestId('views-menu').getByText('changed').waitFor();
  await rows.getByText('autumn', { exact: true }).waitFor();
  await page.getByTestId('views-menu').click();
  await shoot(page, 'views-menu');
  await page.getByRole('menuitem', { name: 'Save changes to “Spring by campaign”' }).click();
  await page.getByText('“Spring by campaign” is saved').waitFor();
  await page.goto(`${server.url}/reports`);
  await page.getByTestId('views-menu').getByText('Spring by campaign').waitFor();
  await rows.getByText('autumn', { exact: true }).waitFor();

  await page.getByTestId('views-menu').click();
  await page.getByRole('menuitem', { name: 'Manage views…' }).click();
  await dialog.getByText('opens with the screen').waitFor();
  await shoot(page, 'views-dialog');
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'views-dialog-phone');
  await dialog.getByRole('button', { name: 'Remove the view: Spring by campaign' }).click();
  await dialog.getByRole('button', { name: 'Remove the view', exact: true }).click();
  await dialog.getByText('Nothing is saved yet.').waitFor();
  assert.deepEqual(complaints, []);
});

test('the chooser asks which property the dimension is about', async () => {
  const { page, complaints } = await browser.page();
  await signIn(page, server.url, owner);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  complaints.length = 0;
  await page.goto(`${server.url}/reports?columns=events`);
  await page.getByRole('button', { name: 'Group by' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: 'Property value' }).first().check();
  const apply = dialog.getByRole('button', { name: 'Apply' });
  assert.equal(await apply.isDisabled(), true, 'until it is named');
  await dialog.getByRole('combobox', { name: 'Property' }).fill('plan');
  await dialog.getByRole('combobox', { name: 'Property' }).press('Tab');
  await apply.click();
  await page.waitForURL(/property=plan/);
  assert.deepEqual(complaints, []);
});
