// What ad platforms are told of leads and sales: defined, tried, put into files byte for byte, told
// once, put right after a refund, and without whoever is erased.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { clickHouse, withoutClickHouse } from '../lib/clickhouse.mjs';
import { counted } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;
let browser;
/** Leads by their names. */
let leads;

const TITLES =
  'Google Click ID,GBRAID,WBRAID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID';
/** How Moscow's clocks show a moment; they are never put forward. */
const moscow = (at) =>
  new Date(Date.parse(at) + 3 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  leads = await story(server, api);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Somebody clicks; the number of their visit. */
async function click(at, name, query, headers = {}) {
  const answer = await fetch(`${at.url}/c/sale?${query}`, {
    redirect: 'manual',
    headers: { 'User-Agent': `Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 ${name}`, ...headers },
  });
  return new URL(answer.headers.get('location')).searchParams.get('visit');
}

/** Clicks of two platforms, of one who refuses and of one who means harm, and their leads. */
async function story(at, program) {
  await setUp(program);
  await program.must('POST', '/links', {
    body: { slug: 'sale', name: 'Sale', target: 'https://optics.example/?visit={visit}' },
  });
  const visits = {
    Gera: await click(at, 'Gera', 'gclid=Cj0-gera_1'),
    Wera: await click(at, 'Wera', 'wbraid=-CmW'),
    Yana: await click(at, 'Yana', 'yclid=770077'),
    Micha: await click(at, 'Micha', 'msclkid=f894f652ea33'),
    Feliks: await click(at, 'Feliks', 'fbclid=IwAR0x-1'),
    Quiet: await click(at, 'Quiet', 'gclid=unkept', { 'Sec-GPC': '1' }),
    Mallory: await click(at, 'Mallory', `gclid=${encodeURIComponent('=cmd|x')}`),
  };
  // A lead finds its visit once the facts of it are loaded.
  await eventually(async () => (await counted(program, ['clicks'])).clicks === 7);
  const made = {};
  for (const [index, [name, visit]] of Object.entries(visits).entries()) {
    const body = { name, phone: `+4860123461${index}`, email: `${name}@mail.example`, visit };
    made[name] = await program.must('POST', '/leads', { body });
  }
  const nobody = { name: 'Nobody', phone: '+48601234620' };
  made.Nobody = await program.must('POST', '/leads', { body: nobody });
  return made;
}

const sell = (number, lead, amount) =>
  api.must('POST', '/deals', {
    body: {
      items: [
        {
          external_id: number,
          status: 'won',
          amount,
          phone: `+48601234${lead}`,
          created_at: new Date().toISOString(),
          paid_at: new Date().toISOString(),
        },
      ],
    },
  });
const target = (body) =>
  api.must('POST', '/conversion-targets', {
    body: { platform: 'google_ads', event: 'lead', conversion: 'Lead', value: 'none', ...body },
  });
const preview = async (id, body = {}) => {
  const tried = await api.must('POST', `/conversion-targets/${id}/preview`, { body });
  return { ...tried, reasons: Object.fromEntries(tried.left_out.map((one) => [one.reason, one.count])) };
};
const fileOf = async (id) => (await api.call('GET', `/conversion-batches/${id}/file`)).body;
const rowsOf = (file) => file.split('\r\n').slice(2, -1).sort();

test('a dry run says what is ready and what is not, with the rows behind each number', async () => {
  const { id } = await target({ conversion: 'Lead, new' });
  // Clicks are facts, which are loaded a moment after the leads are there.
  const tried = await eventually(async () => {
    const now = await preview(id, { show: 'ready' });
    return now.ready === 2 && now.reasons.malformed_click === 1 && now.reasons.no_consent === 1 && now;
  });
  assert.deepEqual(tried.reasons, { malformed_click: 1, no_click: 4, no_consent: 1 });
  assert.deepEqual(tried.rows.map(({ name }) => name).sort(), ['Gera', 'Wera']);
  const refused = await preview(id, { show: 'no_consent' });
  assert.deepEqual(refused.rows.map((row) => [row.name, row.lead_id, row.click_at]), [
    ['Quiet', leads.Quiet.id, null],
  ]);

  const made = await api.must('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'conversions' },
  });
  assert.equal(made.rows, 2);
  const at = async (lead) => moscow((await api.must('GET', `/leads/${lead.id}`)).at);
  const expected = [
    `,,-CmW,"Lead, new",${await at(leads.Wera)},,,lead-${leads.Wera.id}`,
    `Cj0-gera_1,,,"Lead, new",${await at(leads.Gera)},,,lead-${leads.Gera.id}`,
  ];
  const file = await fileOf(made.id);
  assert.ok(file.startsWith(`Parameters:TimeZone=Europe/Moscow\r\n${TITLES}\r\n`), file);
  assert.deepEqual(rowsOf(file), expected.sort());
  assert.equal(await fileOf(made.id), file, 'the same bytes each time');

  // Nothing is told twice.
  assert.equal((await preview(id)).reasons.exported, 2);
  const again = await api.call('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'conversions' },
  });
  assert.deepEqual([again.status, again.body.code], [409, 'nothing_to_export']);

  // A file that nobody has uploaded sets its rows free again.
  const back = await api.must('PATCH', `/conversion-batches/${made.id}`, {
    headers: { 'If-Match': made.etag },
    body: { state: 'taken_back' },
  });
  assert.equal(back.state, 'taken_back');
  assert.equal((await preview(id)).ready, 2);
  assert.equal((await api.call('GET', `/conversion-batches/${made.id}/file`)).status, 409);
});

test('metrica learns of clicks of its own, in seconds', async () => {
  const { id } = await target({
    platform: 'yandex_metrica',
    conversion: 'lead',
    value: 'fixed',
    fixed_value: '12.5',
  });
  await eventually(async () => (await preview(id)).ready === 1);
  const made = await api.must('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'conversions' },
  });
  const lead = await api.must('GET', `/leads/${leads.Yana.id}`);
  const seconds = Math.floor(Date.parse(lead.at) / 1000);
  assert.equal(
    await fileOf(made.id),
    `Yclid,Target,DateTime,Price,Currency\r\n770077,lead,${seconds},12.50,RUB\r\n`,
  );
});

test('meta learns of its click as its own cookie writes it', async () => {
  const { id } = await target({ platform: 'meta', conversion: 'Lead', value: 'none' });
  await eventually(async () => (await preview(id)).ready === 1);
  const made = await api.must('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'conversions' },
  });
  const lead = await api.must('GET', `/leads/${leads.Feliks.id}`);
  const seconds = Math.floor(Date.parse(lead.at) / 1000);
  const order = `lead-${lead.id}`;
  const [head, line] = (await fileOf(made.id)).split('\r\n');
  assert.equal(head, 'event_name,event_time,event_id,action_source,value,currency,order_id,fbc');
  assert.equal(
    line.replace(/fb\.1\.\d{13}\./, 'fb.1.now.'),
    `Lead,${seconds},${order},system_generated,,,${order},fb.1.now.IwAR0x-1`,
  );
});

test('a refund is told by adjustments, and who is erased leaves the files', async () => {
  await sell('D-1', '610', '1204.50');
  await sell('D-2', '611', '500');
  await sell('D-3', '613', '300');
  const statuses = await api.must('GET', '/deal-statuses');
  await api.must('PUT', '/deal-statuses', {
    headers: { 'If-Match': statuses.etag },
    body: { items: [{ status: 'won', group: 'paid' }] },
  });
  // Microsoft is told of its own click, and finds what it was told by click and time.
  const other = await target({ platform: 'microsoft_ads', event: 'sale', conversion: 'Paid', value: 'gross' });
  await eventually(async () => (await preview(other.id)).ready === 1);
  const first = await api.must('POST', `/conversion-targets/${other.id}/batches`, {
    body: { kind: 'conversions' },
  });
  const [, head, line] = (await fileOf(first.id)).split('\r\n');
  assert.equal(
    head,
    'Microsoft Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency',
  );
  assert.match(line, /^f894f652ea33,Paid,[-\d: ]{19},360\.00,RUB$/);

  const { id } = await target({ event: 'sale', conversion: 'Paid deal', value: 'net' });
  await eventually(async () => (await preview(id)).ready === 2);
  const made = await api.must('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'conversions' },
  });
  assert.deepEqual([made.rows, made.value, made.currency], [2, '1704.50', 'RUB']);
  const told = rowsOf(await fileOf(made.id));
  assert.match(told[1], /^Cj0-gera_1,,,Paid deal,[-\d: ]{19},1204\.50,RUB,deal-\d+$/);
  await api.must('PATCH', `/conversion-batches/${made.id}`, {
    headers: { 'If-Match': made.etag },
    body: { state: 'uploaded' },
  });

  const at = new Date().toISOString();
  await api.must('POST', '/payments', {
    body: {
      items: [
        { external_id: 'R-1', deal_external_id: 'D-1', at, amount: '204.5', kind: 'refund' },
        { external_id: 'R-2', deal_external_id: 'D-2', at, amount: '500', kind: 'refund' },
        { external_id: 'R-3', deal_external_id: 'D-3', at, amount: '300', kind: 'refund' },
      ],
    },
  });
  const second = await api.must('POST', `/conversion-targets/${other.id}/batches`, {
    body: { kind: 'adjustments' },
  });
  const [, , back] = (await fileOf(second.id)).split('\r\n');
  const time = line.split(',')[2];
  assert.match(back, new RegExp(`^f894f652ea33,Paid,${time},Retract,[-\\d: ]{19},,$`));

  const tried = await preview(id, { show: 'restate' });
  assert.deepEqual([tried.restate, tried.retract], [1, 1]);
  assert.deepEqual(tried.rows.map((row) => [row.deal, row.told, row.value]), [
    ['D-1', '1204.50', '1000.00'],
  ]);
  const adjusted = await api.must('POST', `/conversion-targets/${id}/batches`, {
    body: { kind: 'adjustments' },
  });
  const lines = (await fileOf(adjusted.id)).split('\r\n');
  assert.equal(
    lines[1],
    'Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,Adjusted Value Currency',
  );
  const [, , ...rows] = lines.slice(0, -1);
  assert.deepEqual(rows.map((row) => row.replace(/\d+-\d+-\d+ [\d:]+/, 'now')), [
    `${told[1].split(',').at(-1)},Paid deal,now,RESTATE,1000.00,RUB`,
    `${told[0].split(',').at(-1)},Paid deal,now,RETRACT,,`,
  ]);
  const after = await preview(id);
  assert.deepEqual([after.restate, after.retract], [0, 0]);
  const closed = await api.call('PATCH', `/conversion-batches/${made.id}`, {
    headers: { 'If-Match': '"2"' },
    body: { state: 'taken_back' },
  });
  assert.deepEqual([closed.status, closed.body.code], [409, 'batch_closed']);

  const given = await api.must('POST', '/privacy/export', { body: { email: 'gera@mail.example' } });
  assert.deepEqual(given.told_to_platforms.map(({ kind }) => kind), ['conversion', 'restate']);
  await api.must('POST', '/erasures', { body: { email: 'gera@mail.example' } });
  await eventually(async () => {
    const { items } = await api.must('GET', '/erasures');
    return items.every(({ step }) => step === 'done');
  });
  assert.deepEqual(rowsOf(await fileOf(made.id)), [told[0]]);
  assert.deepEqual((await fileOf(adjusted.id)).split('\r\n'), lines, 'order numbers name nobody');
  const { items } = await api.must('GET', `/conversion-batches/${made.id}/rows`);
  assert.deepEqual(
    items.map((row) => [row.value, row.is_forgotten]).sort(),
    [
      ['1204.50', true],
      ['500.00', false],
    ],
  );
  const acts = (await api.must('GET', '/audit?limit=200')).items.map(({ act }) => act);
  for (const act of [
    'conversions.exported',
    'conversion_file.read',
    'conversion_rows.read',
    'conversion_batch.uploaded',
  ]) {
    assert.ok(acts.includes(act), act);
  }
});

test('a marketer does it all on the screen', async () => {
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/costs?tab=conversions`);
  const targets = page.getByTestId('conversion-targets');
  await targets.getByText('Paid deal').waitFor();
  await targets.getByRole('button', { name: 'New conversion' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What is told').selectOption('lead');
  await dialog.getByLabel('Worth').selectOption('fixed');
  await dialog.getByLabel('Amount').fill('7');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Fill this in.').waitFor();
  await dialog.getByLabel('Its name there').fill('From the screen');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = targets.getByRole('row', { name: /From the screen/ });
  await row.getByRole('button', { name: 'Dry run' }).click();
  const tried = page.getByTestId('conversion-try');
  await tried.getByRole('button', { name: 'Make the file with 1 row' }).waitFor();
  await tried.getByRole('button', { name: /No consent for the click id/ }).click();
  await tried.getByRole('row', { name: /Quiet/ }).waitFor();
  const given = page.waitForEvent('download');
  await tried.getByRole('button', { name: 'Make the file with 1 row' }).click();
  const file = readFileSync(await (await given).path(), 'utf8');
  assert.match(file, /,,-CmW,From the screen,[-\d: ]{19},7\.00,RUB,lead-\d+\r\n$/);
  await tried.getByRole('button', { name: 'Make the file with 0 rows' }).waitFor();
  const files = page.getByTestId('conversion-files');
  const made = files.getByRole('row', { name: /From the screen/ });
  await made.getByText('Not uploaded').waitFor();
  await shoot(page, 'conversions');
  assert.deepEqual(await barriers(page), []);
  await made.getByRole('button', { name: 'I have uploaded it' }).click();
  await made.getByText('Uploaded', { exact: true }).waitFor();
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'conversions-phone');
  await page.setViewportSize({ width: 1440, height: 900 });
  await row.getByRole('button', { name: 'Stop telling' }).click();
  await dialog.getByText('What was told stays in the log').waitFor();
  await shoot(page, 'conversions-stop');
  await dialog.getByRole('button', { name: 'Stop telling' }).click();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual(complaints.filter((each) => !each.includes('401') && !each.includes('422')), []);
});

test('on a ClickHouse server the same clicks are found', { skip: withoutClickHouse }, async (context) => {
  const facts = await clickHouse();
  context.after(() => facts.remove());
  await facts.start();
  const url = facts.url.replace('http://', 'http://default:@');
  const other = await startServer({ env: { THROUGHLINE_WAREHOUSE_URL: url } });
  context.after(() => other.stop());
  const program = client(() => other.url);
  await story(other, program);
  const body = { platform: 'google_ads', event: 'lead', conversion: 'Lead', value: 'none' };
  const { id } = await program.must('POST', '/conversion-targets', { body });
  const tried = await program.must('POST', `/conversion-targets/${id}/preview`, {
    body: { show: 'ready' },
  });
  assert.deepEqual(tried.rows.map(({ name }) => name).sort(), ['Gera', 'Wera']);
  assert.deepEqual(
    tried.left_out.map(({ reason, count }) => [reason, count]).sort(),
    [
      ['malformed_click', 1],
      ['no_click', 4],
      ['no_consent', 1],
    ],
  );
});
