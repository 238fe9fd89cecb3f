// Several workspaces in one installation: made by their owners, and shut against each other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, importFile, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const CLIENT = {
  name: 'Bakery',
  time_zone: 'Europe/Warsaw',
  currency: 'PLN',
  week_start: 'monday',
  vat_mode: 'net',
  vat_rate_percent: '23',
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const COSTS = 'date,source,medium,campaign,cost\n2026-03-01,google,cpc,Glasses,100\n';
const VIEW = { screen: 'reports', period: { moving: 'last_7' }, metrics: ['visits'] };

let server;
let api;
let browser;
let there;
/** Of what the first workspace has, by the first part of its address. */
let ids;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
  ids = await furnish();
  there = { 'Throughline-Workspace': String((await api.must('POST', '/workspaces', { body: CLIENT })).id) };
});
after(async () => {
  await browser?.close();
  await server.stop();
});

/** Makes one of everything that has an address of its own. */
async function furnish() {
  const [site] = (await api.must('GET', '/sites')).items;
  const make = async (path, body) => (await api.must('POST', path, { body })).id;
  const [channel] = (await api.must('GET', '/channels')).items;
  await api.must('PUT', '/channel-rules', {
    headers: { 'If-Match': (await api.call('GET', '/channel-rules')).headers.get('etag') },
    body: { rules: (await api.must('GET', '/channel-rules')).rules },
  });
  const me = await api.must('GET', '/me');
  await api.must('POST', '/deals', {
    body: { items: [{ external_id: 'd1', status: 'won', amount: '10', created_at: '2026-03-01T10:00:00Z' }] },
  });
  const webhook = await make('/webhooks', { url: 'https://crm.example/hook', topics: ['lead.created'] });
  await make('/leads', { name: 'Secret Ola', phone: '+48512345678' });
  const [visitor] = [event('secret').visitor];
  await sendEvents(server.url, await apiKey(api), [event('secret')]);
  // Elsewhere nobody is to find what is found here.
  await eventually(async () => (await api.call('GET', `/visitors/${visitor}/timeline`)).status === 200);
  const goal = await make('/goals', { site_id: site.id, name: 'Secret goal', kind: 'event', target: 'Secret' });
  const saved = await make('/saved-views', { name: 'Secret view', is_shared: true, view: VIEW });
  return {
    annotations: await make('/annotations', { day: '2026-03-01', text: 'Secret sale' }),
    'api-keys': await make('/api-keys', { name: 'Secret key', scopes: ['all'] }),
    'channel-rules': 2,
    channels: channel.id,
    deals: (await api.must('GET', '/deals')).items[0].id,
    'conversion-batches': 987654321,
    'conversion-targets': await make('/conversion-targets', {
      platform: 'google_ads',
      event: 'lead',
      conversion: 'Secret conversion',
      value: 'none',
    }),
    erasures: await make('/erasures', { phone: '+48512345678' }),
    'import-mappings': 987654321,
    'import-sources': 987654321,
    goals: goal,
    'goal-alerts': await make('/goal-alerts', { goal_id: goal, ...ALERT, recipients: [me.user.id] }),
    imports: (await importFile(api, 'costs', 'costs.csv', COSTS)).id,
    invitations: await make('/invitations', { email: 'guest@optics.example', role: 'analyst' }),
    leads: await make('/leads', { name: 'Secret Anna', phone: '+79161234567' }),
    links: await make('/links', { slug: 'secret', name: 'Secret link', target: 'https://optics.example/' }),
    'manual-costs': await make('/manual-costs', {
      name: 'Secret fee',
      channel_source: 'billboard',
      from: '2026-03-01',
      to: '2026-03-31',
      amount: '10',
      per: 'month',
    }),
    members: me.user.id + 1_000,
    'person-requests': await make('/person-requests', { kind: 'erase', reference: 'Secret ticket' }),
    'report-schedules': await make('/report-schedules', {
      view_id: saved,
      terms: { every: 'day', at_minute: 540, recipients: [me.user.id] },
    }),
    'saved-views': saved,
    'custom-metrics': await make('/custom-metrics', {
      name: 'Secret metric',
      formula: 'leads * 2',
    }),
    segments: await make('/segments', {
      name: 'Secret segment',
      filters: [{ dimension: 'campaign', op: 'is', values: ['Secret campaign'] }],
    }),
    'service-accounts': await make('/service-accounts', { name: 'Secret robot', role: 'analyst' }),
    'share-links': 987654321,
    sites: site.id,
    teams: await make('/teams', { name: 'Secret team', leader_id: null, member_ids: [me.user.id] }),
    visitors: visitor,
    webhooks: webhook,
  };
}

test('what another workspace has is not found, at every address that takes an id', async () => {
  const { paths } = await api.must('GET', '/openapi.json');
  const asked = [];
  for (const [full, item] of Object.entries(paths)) {
    const path = full.replace('/api/v1', '');
    // Sessions and passkeys are the person's, whatever the workspace.
    if (!path.includes('{') || /^\/(sessions|me)\//.test(path)) continue;
    const first = path.split('/')[1];
    assert.ok(first in ids, `${path}: nothing of its kind was made`);
    const address = path.replace(/\{[^}]+\}/g, String(ids[first]));
    for (const method of METHODS.filter((each) => item[each])) {
      const body = method === 'get' || method === 'delete' ? undefined : bodyOf(path);
      const headers = { ...there, 'If-Match': '"1"' };
      const answer = await api.call(method.toUpperCase(), address, { body, headers });
      assert.equal(answer.status, 404, `${method} ${address}: ${answer.status} ${JSON.stringify(answer.body)}`);
      asked.push(`${method} ${path}`);
    }
  }
  assert.ok(asked.length > 40, `${asked.length} addresses`);
});

/** A goal watched. */
const ALERT = { measure: 'visitors', every: 'day', condition: 'below', bound: '1', at_minute: 0 };

/** A body that would do, were the record here. */
function bodyOf(path) {
  if (path.endsWith('/assignee')) return { assignee_id: null };
  if (path === '/leads/{id}') return { status: 'qualified' };
  if (path === '/report-schedules/{id}') return { every: 'day', at_minute: 0, recipients: [1] };
  if (path === '/goal-alerts/{id}') return { goal_id: 1, ...ALERT, recipients: [1] };
  if (path.endsWith('/watch')) return { minutes: 1 };
  if (path.endsWith('/batches')) return { kind: 'conversions' };
  return {};
}

test('lists, sums and files of one workspace hold nothing of another', async () => {
  const { paths } = await api.must('GET', '/openapi.json');
  const bare = Object.entries(paths)
    .filter(([path, item]) => item.get && !path.includes('{') && !/live|openapi|roles|catalogue/.test(path))
    .map(([path]) => path.replace('/api/v1', ''))
    .filter((path) => path !== '/me');
  assert.ok(bare.length > 25, `${bare.length} lists`);
  for (const path of bare) {
    const answer = await api.call('GET', path, { headers: there });
    assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    const told = JSON.stringify(answer.body);
    assert.doesNotMatch(told, /Secret|guest@optics|79161234567|costs\.csv/, path);
  }
  const question = { metrics: ['leads', 'cost'], period: { from: '2026-01-01', to: '2026-12-31' } };
  const report = (headers) => api.must('POST', '/reports/query', { headers, body: question });
  await eventually(async () => (await report({})).totals[0].value === '2');
  const [leads, cost] = (await report(there)).totals;
  assert.deepEqual([leads.value, Number(cost.value)], ['0', 0]);
});

test('a body that names what another workspace has is refused', async () => {
  const refused = async (method, path, body) => {
    const answer = await api.call(method, path, { headers: there, body });
    assert.ok([404, 422].includes(answer.status), `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  await refused('POST', '/annotations', { day: '2026-03-01', text: 'Mine', channel_id: ids.channels });
  await refused('POST', '/goals', { site_id: ids.sites, name: 'Mine', kind: 'event', target: 'Order' });
  await refused('POST', '/channels', { name: 'Mine', kind: 'paid_search', parent_id: ids.channels });
  await refused('POST', '/saved-views', {
    name: 'Mine',
    view: { ...VIEW, segments: [ids.segments] },
  });
  await refused('POST', '/teams', { name: 'Mine', leader_id: null, member_ids: [ids.members] });
});

test('a key knows one workspace, whatever the request names, and makes none', async () => {
  const key = await apiKey(api);
  const named = await api.must('GET', '/workspace', { headers: { ...key, ...there } });
  assert.equal(named.name, 'Optics');
  const stranger = client(() => server.url);
  const made = await stranger.call('POST', '/workspaces', { headers: key, body: CLIENT });
  assert.equal(made.status, 401, JSON.stringify(made.body));
  // Nor does it act on the proof of somebody whose session is sent along.
  for (const [path, body] of [
    ['/workspaces', CLIENT],
    ['/invitations', { email: 'thief@optics.example', role: 'owner' }],
    ['/api-keys', { name: 'another', scopes: ['all'] }],
  ]) {
    const lent = await api.call('POST', path, { headers: key, body });
    assert.equal(lent.status, 401, `${path}: ${JSON.stringify(lent.body)}`);
  }
});

test('who is no member of a workspace does not find it', async () => {
  const answer = await api.call('GET', '/leads', { headers: { 'Throughline-Workspace': '987654' } });
  assert.equal(answer.status, 404);
});

test('an agency makes a workspace for a client, works in it and comes back', async () => {
  browser ??= await openBrowser();
  const { page } = await browser.page();
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('workspace-switcher').waitFor();
  await page.goto(`${server.url}/settings?tab=workspace`);
  const list = page.getByTestId('workspaces');
  await list.getByRole('button', { name: 'Open Bakery' }).waitFor();
  await list.getByRole('button', { name: 'New workspace' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make and open' }).click();
  await dialog.getByText('Fill this in.').waitFor();
  await dialog.getByRole('textbox').first().fill('Florist');
  await shoot(page, 'workspace-new');
  await dialog.getByRole('button', { name: 'Make and open' }).click();
  await page.getByTestId('workspace-switcher').filter({ hasText: 'Florist' }).waitFor();
  await page.goto(`${server.url}/settings?tab=workspace`);
  await list.getByText('Open now').waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'workspaces');
  await page.setViewportSize(phone);
  await list.getByRole('button', { name: 'Open Optics' }).waitFor();
  assert.equal(await overflow(page), 0);
  await shoot(page, 'workspaces-phone');
  await list.getByRole('button', { name: 'Open Optics' }).click();
  await page.waitForURL(/\/(overview)?$/);
  const me = await api.must('GET', '/me');
  assert.deepEqual(me.workspaces.map(({ name }) => name), ['Optics', 'Bakery', 'Florist']);
});
