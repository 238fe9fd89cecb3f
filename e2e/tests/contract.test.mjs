// The document against the server, and the habits that every endpoint has.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { apiKey, client, etagOf, eventually, importFile, setUp } from '../lib/api.mjs';
import { elsewhere } from '../lib/elsewhere.mjs';
import { mismatches, operationsOf } from '../lib/schema.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
});
after(() => server.stop());

test('every documented address exists and refuses strangers', async () => {
  const document = await api.must('GET', '/openapi.json');
  assert.equal(document.openapi.slice(0, 3), '3.1');
  const stranger = client(() => server.url);
  const eventsKey = await apiKey(api, ['events']);
  const schemes = document.components.securitySchemes;
  assert.equal(schemes.api_key.scheme, 'bearer');
  assert.deepEqual([schemes.session.in, schemes.session.name], ['cookie', 'tl_session']);
  const open = [];
  let checked = 0;
  for (const [path, methods] of Object.entries(document.paths)) {
    const short = path.replace('/api/v1', '');
    for (const [method, operation] of Object.entries(methods)) {
      if (!['get', 'post', 'put', 'patch', 'delete'].includes(method)) continue;
      const name = `${method.toUpperCase()} ${short}`;
      const known = operation.security.flatMap((one) => Object.keys(one));
      if (known.length === 0) {
        open.push(name);
        continue;
      }
      const as = (headers) =>
        stranger.call(method.toUpperCase(), short.replace(/\{[^}]+\}/g, '1'), { headers });
      const answer = await as({});
      assert.equal(answer.status, 401, name);
      assert.equal(answer.body.code, 'unauthenticated', name);
      // A key that may do nothing here is known for what it is, but only where keys count.
      const status = (await as(eventsKey)).status;
      assert.equal(status !== 401, known.includes('api_key'), `${name}: ${status}`);
      assert.equal(known.includes('session'), name !== 'POST /events', name);
      checked += 1;
    }
  }
  const gettingIn = [
    'GET /setup',
    'POST /email-verifications/redeem',
    'POST /invitations/preview',
    'POST /invitations/redeem',
    'POST /password-resets',
    'POST /password-resets/redeem',
    ...['', '/passkey', '/passkey/challenge', '/provider', '/provider/challenge'].map((rest) => `POST /sessions${rest}`),
    'POST /setup',
    'POST /share-links/open',
  ];
  assert.deepEqual(open.sort(), gettingIn);
  assert.ok(checked > 30);
});

test('a key for events reads nothing and tries no rules', async () => {
  const document = await api.must('GET', '/openapi.json');
  const key = await apiKey(api, ['events']);
  const stranger = client(() => server.url);
  const wants = (operation) => operation.security.flatMap((one) => Object.keys(one));
  const sample = ({ schema }) =>
    schema.enum?.[0] ?? (schema.type === 'integer' ? '1' : '2026-01-01');
  let checked = 0;
  for (const [path, { get }] of Object.entries(document.paths)) {
    const short = path.replace('/api/v1', '');
    if (!get || wants(get).length === 0) continue;
    const required = (get.parameters ?? []).filter((one) => one.in === 'query' && one.required);
    const query = new URLSearchParams(required.map((one) => [one.name, sample(one)]));
    const address = `${short.replace(/\{[^}]+\}/g, '1')}?${query}`;
    const answer = await stranger.call('GET', address, { headers: key });
    assert.equal(answer.status, wants(get).includes('api_key') ? 403 : 401, address);
    checked += 1;
  }
  assert.ok(checked > 25, `${checked} checked`);
  const tried = await stranger.call('POST', '/channel-rules/preview', {
    headers: key,
    body: { rules: [] },
  });
  assert.equal(tried.status, 403);
});

test('what is sent and answered has the documented shape', async () => {
  const document = await api.must('GET', '/openapi.json');
  const period = { from: '2026-01-01', to: '2026-12-31' };
  const question = {
    metrics: ['leads', 'cpl', 'cr_visit_lead'],
    dimensions: ['channel'],
    filters: [{ dimension: 'source', op: 'is_not', values: ['none'] }],
    period,
    compare: { from: '2025-01-01', to: '2025-12-31' },
    order: [{ by: 'leads', direction: 'desc' }],
  };
  const costs = 'Day,Campaign,Impr.,Clicks,Cost\n2025-05-05,A,10,1,100';
  await importFile(api, 'costs', 'costs.csv', costs, { source: 'google', medium: 'cpc' });
  const view = { screen: 'reports', period: { moving: 'last_7' }, metrics: ['visits'] };
  const poster = { name: 'Poster', channel_source: 'poster', amount: '100', per: 'once' };
  const payment = { external_id: 'P-1', deal_external_id: 'D-1', kind: 'payment', amount: '10.00' };
  const events = ['https://optics.example/', 'optics'].map((url) => ({ type: 'page_view', url }));
  const eventsKey = await apiKey(api, ['events']);
  const deal = { external_id: 'D-1', status: 'won', amount: '10.00', created_at: '2026-05-05T10:00:00Z' };
  const steps = [
    ['GET', '/setup'],
    ['GET', '/me'],
    ['PATCH', '/me', { name: 'Olga' }],
    ['GET', '/me/second-factor'],
    ['GET', '/me/passkeys'],
    ['GET', '/me/provider-links'],
    ['GET', '/sessions'],
    ['GET', '/workspace'],
    ['GET', '/members'],
    ['POST', '/service-accounts', { name: 'CRM', role: 'sales_operator' }],
    ['GET', '/service-accounts'],
    ['PATCH', '/service-accounts/{id}', { name: 'The CRM' }],
    ['DELETE', '/service-accounts/{id}'],
    ['POST', '/teams', { name: 'North', member_ids: [1], leader_id: 1 }],
    ['GET', '/teams'],
    ['PATCH', '/teams/{id}', { name: 'South' }],
    ['DELETE', '/teams/{id}'],
    ['POST', '/invitations', { email: 'ola@optics.example', role: 'sem' }],
    ['GET', '/invitations'],
    ['POST', '/invitations/{id}/send'],
    ['DELETE', '/invitations/{id}'],
    ['GET', '/audit'],
    ['GET', '/audit/verify'],
    ['GET', '/backups'],
    ['GET', '/roles'],
    ['GET', '/sites'], ['GET', '/sites/{id}'],
    ['GET', '/sites/{id}/snippet'],
    ['GET', '/sites/{id}/status'],
    ['PUT', '/sites/{id}/watch', { minutes: 1 }], ['GET', '/sites/{id}/requests'],
    ['GET', `/intake?per=hour&from=2026-05-04T10:00:00Z&until=2026-05-05T10:00:00Z`],
    ['POST', '/links', { target: 'https://optics.example/shape' }],
    ['GET', '/links'], ['GET', '/links/{id}'],
    ['POST', '/api-keys', { name: 'shape', scopes: ['events'] }],
    ['GET', '/api-keys'],
    ['POST', '/webhooks', { url: 'https://crm.example/hooks', topics: ['lead.status_changed'] }],
    ['GET', '/webhooks'], ['GET', '/webhooks/{id}'],
    ['PATCH', '/webhooks/{id}', { enabled: false }],
    ['POST', '/webhooks/{id}/secret'],
    ['GET', '/webhooks/{id}/deliveries'],
    ['DELETE', '/webhooks/{id}'],
    ['POST', '/channels', { name: 'Shape', kind: 'social' }],
    ['GET', '/channels'],
    ['GET', '/channel-rules'], ['GET', '/channel-rules/versions'],
    ['POST', '/channel-rules/preview', { rules: [] }],
    ['POST', '/leads', { phone: '+79161234567', name: 'Anna', at: '2026-05-04T10:00:00Z' }],
    ['GET', '/leads'], ['GET', '/leads/{id}'], ['GET', '/leads/{id}/timeline'],
    ['POST', '/deals', { items: [deal, { ...deal, external_id: 'D-2', amount: 'much' }] }],
    ['GET', '/deals'], ['GET', '/deals/sums'],
    ['GET', '/deal-statuses'], ['GET', '/imports'], ['GET', '/costs'],
    ['GET', '/reconciliation?from=2026-05-01&to=2026-05-31'],
    ['GET', '/manual-costs'], ['GET', '/exchange-rates'],
    ['POST', '/annotations', { day: '2026-05-04', text: 'New prices' }],
    ['GET', '/annotations/{id}'],
    ['GET', '/annotations?from=2026-01-01&to=2026-12-31'],
    ['POST', '/saved-views', { name: 'Weekly', view }], ['GET', '/saved-views'],
    ['GET', '/saved-views/{id}'], ['PATCH', '/saved-views/{id}', { is_default: true }],
    ['POST', '/segments', { name: 'Spring', filters: question.filters }], ['GET', '/segments'],
    ['POST', '/goals', { site_id: 1, name: 'Bought', kind: 'page', target: '/thank-you*', worth: '12.5' }],
    ['GET', '/goals'], ['GET', '/goals/{id}'], ['PATCH', '/goals/{id}', { worth: null }],
    ['POST', '/goals/query', { period: question.period }], ['DELETE', '/goals/{id}'],
    ['POST', '/custom-metrics', { name: 'Half', formula: 'leads / 2' }], ['GET', '/custom-metrics'],
    ['GET', '/custom-metrics/{id}'], ['PATCH', '/custom-metrics/{id}', { direction: 'up' }],
    ['POST', '/custom-metrics/check', { formula: 'revenue + leads' }],
    ['POST', '/custom-metrics/preview', { name: '', formula: 'leads * 2' }], ['DELETE', '/custom-metrics/{id}'],
    ['GET', '/segments/{id}'], ['PATCH', '/segments/{id}', { name: 'Spring sale' }],
    ['DELETE', '/segments/{id}'], ['DELETE', '/saved-views/{id}'],
    ['GET', '/notes'], ['GET', '/reports/catalogue'],
    ['POST', '/reports/query', question],
    ['POST', '/reports/query', { ...question, bucket: 'month', dimensions: [] }],
    ['POST', '/reports/rows', { ...question, metric: 'leads', row: {} }],
    ['POST', '/visits/query', { period: question.period }],
    ['POST', '/events', { events }, eventsKey],
    ['POST', '/payments', { items: [{ ...payment, at: '2026-05-06T10:00:00Z' }] }],
    ['GET', '/deals/{id}/payments'],
    ['PUT', '/exchange-rates', { items: [{ date: '2026-05-01', from: 'EUR', to: 'RUB', rate: '100' }] }],
    ['POST', '/exchange-rates/convert/preview', { from: '2026-05-01', to: '2026-05-31' }],
    ['POST', '/exchange-rates/convert', { from: '2026-05-01', to: '2026-05-31', currency: 'EUR' }],
    ['DELETE', '/exchange-rates?date=2026-05-01&from=EUR&to=RUB'],
    ['PUT', '/deal-statuses', { items: [{ status: 'won', group: 'paid' }] }],
    ['PATCH', '/leads/{id}', { status: 'qualified' }],
    ['PUT', '/leads/{id}/assignee', { assignee_id: 1 }],
    ['PUT', '/deals/{id}/assignee', { assignee_id: 1 }],
    ['PATCH', '/workspace', { name: 'Optics' }],
    ['POST', '/sites', { name: 'Second', domain: 'second.example', consent_mode: 'cookie' }],
    ['PATCH', '/sites/2', { name: 'The second' }],
    ['DELETE', '/sites/2'],
    ['PATCH', '/links/{id}', { name: 'Spring' }],
    ['DELETE', '/links/{id}'],
    ['PATCH', '/annotations/{id}', { text: 'Newer prices' }],
    ['DELETE', '/annotations/{id}'],
    ['POST', '/manual-costs', { ...poster, from: '2025-01-01', to: '2025-01-31' }],
    ['GET', '/manual-costs/{id}'],
    ['PATCH', '/manual-costs/{id}', { amount: '200' }],
    ['DELETE', '/manual-costs/{id}'],
    ['PATCH', '/channels/{id}', { colour: 4 }],
    ['DELETE', '/channels/{made}'],
    ['DELETE', '/api-keys/{id}'],
    ['GET', '/imports/{id}'], ['GET', '/imports/{id}/kept'], ['POST', '/imports/{id}/undo'],
  ];
  const left = new Set(operationsOf(document));
  let channel;
  for (const [method, path, body, key] of steps) {
    const name = `${method} ${path}`;
    const template = path.split('?')[0].replace(/\d+|{made}/, '{id}');
    const operation = document.paths[`/api/v1${template}`][method.toLowerCase()];
    left.delete(`${method} ${template}`);
    if (body) {
      const sent = operation.requestBody.content['application/json'].schema;
      assert.deepEqual(mismatches(document, sent, body), [], `body of ${name}`);
    }
    const address = path.replace('{id}', '1').replace('{made}', channel);
    const conditional = operation.parameters?.some((parameter) => parameter.name === 'If-Match');
    const headers = { ...key, ...(conditional && { 'If-Match': await etagOf(api, address) }) };
    const answer = await api.call(method, address, { body, headers });
    if (template === '/channels' && method === 'POST') channel = answer.body.id;
    const described = operation.responses[answer.status];
    assert.ok(described, `${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status === 204) continue;
    const { schema } = described.content['application/json'];
    assert.notDeepEqual(schema, { type: 'object' }, `${name} is described`);
    assert.deepEqual(mismatches(document, schema, answer.body), [], name);
  }
  assert.deepEqual([...left].sort(), Object.keys(elsewhere).sort());
});

test('a partial edit changes what it names and nothing else', async () => {
  const edit = (path, etag, body) =>
    api.call('PATCH', path, { headers: { 'If-Match': etag }, body });
  const link = await api.must('POST', '/links', {
    body: { target: 'https://optics.example/p', name: 'Spring', source: 'vk', keyword: 'frames' },
  });
  const renamed = await edit(`/links/${link.id}`, link.etag, { name: 'Summer', keyword: '' });
  assert.equal(renamed.status, 200);
  const changed = { name: 'Summer', keyword: '', etag: renamed.body.etag };
  assert.deepEqual(renamed.body, { ...link, ...changed });

  const emptied = await edit(`/links/${link.id}`, renamed.body.etag, { target: null });
  assert.equal(emptied.status, 422);
  assert.equal(emptied.body.field, 'target');
  const misspelt = await edit(`/links/${link.id}`, renamed.body.etag, { nmae: 'x' });
  assert.equal(misspelt.status, 422);
  assert.deepEqual(await api.must('GET', `/links/${link.id}`), renamed.body);

  const site = await api.must('GET', '/sites/1');
  const hosts = await edit('/sites/1', site.etag, { allowed_hosts: ['m.optics.example'] });
  const { etag } = hosts.body;
  assert.deepEqual(hosts.body, { ...site, allowed_hosts: ['m.optics.example'], etag });

  const parent = await api.must('POST', '/channels', { body: { name: 'Up', kind: 'social' } });
  const child = await api.must('POST', '/channels', {
    body: { name: 'Down', kind: 'email', colour: 4, position: 7, parent_id: parent.id },
  });
  const recoloured = await edit(`/channels/${child.id}`, child.etag, { colour: 5 });
  assert.deepEqual(recoloured.body, { ...child, colour: 5, etag: recoloured.body.etag });
  const moved = await edit(`/channels/${child.id}`, recoloured.body.etag, { parent_id: null });
  assert.equal(moved.body.parent_id, null);
  assert.equal(moved.body.name, 'Down');
  assert.equal((await edit(`/channels/${child.id}`, child.etag, { colour: 1 })).status, 412);

  const workspace = await api.must('GET', '/workspace');
  const named = await edit('/workspace', workspace.etag, { name: 'Optics & Co' });
  assert.deepEqual(named.body, { ...workspace, name: 'Optics & Co', etag: named.body.etag });
  assert.equal((await edit('/workspace', workspace.etag, { name: 'x' })).status, 412);
  const priced = await edit('/workspace', named.body.etag, { vat_rate_percent: 'much' });
  assert.deepEqual([priced.status, priced.body.field], [422, 'vat_rate_percent']);
  const unlike = await edit('/workspace', named.body.etag, { currency: 'JPY' });
  assert.deepEqual([unlike.status, unlike.body.field], [422, 'currency']);
  await edit('/workspace', named.body.etag, { name: workspace.name });

  const spread = { from: '2026-01-01', to: '2026-01-03', amount: '100', per: 'once' };
  const cost = await api.must('POST', '/manual-costs', {
    body: { name: 'Poster', channel_source: 'poster', campaign: 'Winter', ...spread },
  });
  const dearer = await edit(`/manual-costs/${cost.id}`, cost.etag, { amount: '200.50' });
  assert.deepEqual(dearer.body, { ...cost, amount: '200.50', etag: dearer.body.etag });
  assert.equal((await edit(`/manual-costs/${cost.id}`, cost.etag, { name: 'x' })).status, 412);
  const rows = await api.must('GET', '/costs?source=poster');
  assert.deepEqual(
    rows.items.map((row) => row.original_amount),
    ['66.83', '66.83', '66.84'],
  );
});

test('a chart is annotated by people and by what the program did', async () => {
  const list = async () =>
    (await api.must('GET', '/annotations?from=2026-03-01&to=2026-03-31')).items;
  const edit = (one, body) =>
    api.call('PATCH', `/annotations/${one.id}`, { headers: { 'If-Match': one.etag }, body });
  const made = await api.must('POST', '/annotations', {
    body: { at: '2026-03-09T21:30:00Z', text: ' Radio spot ', channel_id: 1, campaign: 'Brand' },
  });
  // Half past midnight in Moscow.
  assert.equal(made.day, '2026-03-10');
  assert.equal(made.text, 'Radio spot');
  assert.equal(made.author, 'Olga');
  assert.deepEqual(await list(), [made]);

  const moved = await edit(made, { day: '2026-03-12', channel_id: null });
  const now = { day: '2026-03-12', at: null, channel_id: null, etag: moved.body.etag };
  assert.deepEqual(moved.body, { ...made, ...now });
  assert.equal((await edit(made, { text: 'x' })).status, 412);

  const wrong = async (body, field) => {
    const answer = await api.call('POST', '/annotations', { body });
    assert.deepEqual([answer.status, answer.body.field], [422, field]);
  };
  await wrong({ text: 'When?' }, 'day');
  await wrong({ day: '2026-03-01', text: '  ' }, 'text');
  await wrong({ day: '2026-03-01', text: 'x', channel_id: 999 }, 'channel_id');
  await wrong({ day: '2026-03-01', at: '2026-03-05T00:00:00Z', text: 'x' }, 'at');

  const gone = await api.call('DELETE', `/annotations/${made.id}`, {
    headers: { 'If-Match': moved.body.etag },
  });
  assert.equal(gone.status, 204);
  assert.deepEqual(await list(), []);

  const rules = await api.must('GET', '/channel-rules');
  await api.must('PUT', '/channel-rules', {
    headers: { 'If-Match': rules.etag },
    body: { rules: rules.rules.slice(1), note: 'fewer rules' },
  });
  const today = await api.must('GET', '/annotations?from=2020-01-01&to=2100-01-01');
  const own = today.items.filter((item) => item.kind === 'rules');
  assert.deepEqual(own.map((item) => [item.text, item.id]), [['fewer rules', null]]);
});

test('a lost update is refused', async () => {
  const link = await api.must('POST', '/links', { body: { target: 'https://optics.example/' } });
  const change = (etag, name) =>
    api.call('PATCH', `/links/${link.id}`, {
      headers: etag ? { 'If-Match': etag } : {},
      body: { target: link.target, name },
    });
  assert.equal((await change(undefined, 'a')).status, 428);
  assert.equal((await change(link.etag, 'b')).status, 200);
  assert.equal((await change(link.etag, 'c')).status, 412);

  const { user } = await api.must('GET', '/me');
  const rename = (tag, name) =>
    api.call('PATCH', '/me', { headers: tag ? { 'If-Match': tag } : {}, body: { name } });
  assert.equal((await rename(undefined, 'Anna')).status, 428);
  assert.equal((await rename(user.etag, user.name)).status, 200);
  assert.equal((await rename(user.etag, 'Anna')).status, 412);

  const { etag } = await api.must('GET', '/exchange-rates');
  const quote = (rate, headers) => {
    const items = [{ date: '2026-05-02', from: 'EUR', to: 'RUB', rate }];
    return api.call('PUT', '/exchange-rates', { headers, body: { items } });
  };
  assert.equal((await quote('100', {})).status, 428);
  const first = await quote('100', { 'If-Match': etag });
  assert.equal(first.status, 204);
  assert.equal((await quote('101', { 'If-Match': etag })).status, 412);
  const second = await quote('102', { 'If-Match': first.headers.get('etag') });
  assert.equal(second.status, 204);
});

test('a write with a key is done once', async () => {
  const send = (name) =>
    api.call('POST', '/links', {
      headers: { 'Idempotency-Key': 'link-1' },
      body: { target: 'https://optics.example/once', name },
    });
  const first = await send('once');
  const again = await send('once');
  assert.equal(first.status, 201);
  assert.equal(again.status, 201);
  assert.equal(again.body.id, first.body.id);
  assert.equal((await send('other')).status, 409);
});

test('an answer that is too large to be kept is given all the same, and its work is done once', async () => {
  // Quotes grow where a refusal repeats them.
  const wrong = {
    external_id: 'x',
    status: 'new',
    amount: '"'.repeat(700),
    created_at: '2026-10-05T10:00:00Z',
  };
  const good = { ...wrong, external_id: 'large-1', amount: '5' };
  const send = () =>
    api.call('POST', '/deals', {
      headers: { 'Idempotency-Key': 'large-answer' },
      body: { items: [good, ...Array.from({ length: 999 }, () => wrong)] },
    });
  const first = await send();
  assert.equal(first.status, 200);
  assert.ok(JSON.stringify(first.body).length > 2 ** 21);
  assert.equal(first.body.items.length, 1000);
  const again = await send();
  assert.deepEqual(again.body, { id: null, answer_lost: true });
  const listed = await api.must('GET', '/deals?q=large-1');
  assert.equal(listed.items.length, 1);
});

test('the rows behind a number call leads and deals by their names', async () => {
  const at = '2026-04-07T10:00:00Z';
  const lead = await api.must('POST', '/leads', { body: { phone: '+79165550011', name: 'Vera', at } });
  const deal = { external_id: 'named-1', status: 'paid', amount: '5', created_at: at };
  await api.must('POST', '/deals', { body: { items: [{ ...deal, phone: '+79165550011' }] } });
  const period = { from: '2026-04-07', to: '2026-04-07' };
  const rows = { metrics: ['deals'], period, metric: 'deals', row: {}, date_basis: 'creation' };
  await eventually(async () => {
    const { names } = await api.must('POST', '/reports/rows', { body: rows });
    const [known] = Object.values(names.deal ?? {});
    return known?.name === 'named-1' && known.amount.startsWith('5.00') &&
      names.lead[lead.id]?.name === 'Vera';
  });
});

test('a key is for writes: a question is answered anew, a refusal is not kept, a secret neither', async () => {
  const keyed = (path, body, key) =>
    api.call('POST', path, { headers: { 'Idempotency-Key': key }, body });
  const question = { metrics: ['visits'], period: { from: '2026-01-01', to: '2026-01-02' } };
  for (let time = 0; time < 2; time += 1) {
    const answer = await keyed('/reports/query', question, 'report-1');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('idempotent-replayed'), null);
  }
  for (let time = 0; time < 2; time += 1) {
    const refused = await keyed('/links', { target: 'javascript:alert(1)' }, 'link-2');
    assert.equal(refused.status, 422);
    assert.equal(refused.headers.get('idempotent-replayed'), null);
  }
  const made = await keyed('/api-keys', { name: 'once', scopes: ['events'] }, 'key-1');
  assert.equal(made.status, 201);
  assert.match(made.body.secret, /^tl_/);
  const again = await keyed('/api-keys', { name: 'once', scopes: ['events'] }, 'key-1');
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, { id: made.body.id, answer_lost: true });
});

test('wrong input names its field', async () => {
  const answer = await api.call('POST', '/links', { body: { target: 'javascript:alert(1)' } });
  assert.equal(answer.status, 422);
  assert.equal(answer.body.field, 'target');
  const loose = await api.call('POST', '/links', { body: { target: 'https://{keyword}.example/' } });
  assert.deepEqual([loose.status, loose.body.errors[0].field], [422, 'target']);
  assert.equal(loose.body.errors[0].code, 'host_not_fixed');
  const missing = await api.call('POST', '/links', { body: {} });
  assert.equal(missing.body.field, 'target');
  const metric = await api.call('POST', '/reports/query', {
    body: { metrics: ['nonsense'], period: { from: '2026-01-01', to: '2026-01-02' } },
  });
  assert.equal(metric.status, 422);
});

test('the words of an upload are small, and a key without the right sends none', async () => {
  const preview = (options, headers) => {
    const form = new FormData();
    form.set('kind', 'costs');
    form.set('options', options);
    form.set('file', new Blob(['Date;Cost\n2026-11-01;10']), 'costs.csv');
    return api.call('POST', '/imports/preview', { form, headers });
  };
  const large = await preview(`"${'x'.repeat(70_000)}"`);
  assert.deepEqual([large.status, large.body.code], [413, 'body_too_large']);
  assert.equal(large.body.field, 'options');
  const events = await preview(`"${'x'.repeat(70_000)}"`, await apiKey(api, ['events']));
  assert.equal(events.status, 403);
});

test('an address with a wrong part is refused as a problem', async () => {
  for (const path of ['/leads/abc', '/imports/1.5', '/sites/99999999999999999999']) {
    const answer = await api.call('GET', path);
    assert.deepEqual([answer.status, answer.body.code], [400, 'bad_path'], path);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  }
});

test('writes from another origin are refused', async () => {
  const answer = await api.call('POST', '/links', {
    headers: { Origin: 'https://evil.example' },
    body: { target: 'https://optics.example/' },
  });
  assert.equal(answer.status, 403);
});

test('signing in is throttled', async () => {
  const stranger = client(() => server.url);
  const attempt = () =>
    stranger.call('POST', '/sessions', { body: { email: 'x@y.example', password: 'wrong' } });
  for (let count = 0; count < 10; count += 1) assert.equal((await attempt()).status, 401);
  const refused = await attempt();
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
});
