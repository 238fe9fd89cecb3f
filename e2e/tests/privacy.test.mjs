// A person asks to be shown what is held, and to be forgotten: on the screen, and by command.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { barriers, openBrowser, overflow, phone, shoot } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;
let browser;

const anna = { name: 'Anna Kowalska', phone: '+48512345678', email: 'anna@mail.example' };
const boris = { name: 'Boris', phone: '+48512345678', email: 'boris@mail.example' };

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const finished = () =>
  eventually(async () => {
    const { items } = await api.must('GET', '/erasures');
    return items.length > 0 && items.every(({ step }) => step === 'done') && items;
  });

test('an owner finds a person, gives them what is held, and erases them', async () => {
  const lead = await api.must('POST', '/leads', { body: { ...anna, message: 'Call me' } });
  const other = await api.must('POST', '/leads', { body: boris });
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/settings?tab=privacy`);
  await page.getByLabel('Phone').fill('+48 512 345 678');
  await page.getByLabel('E-mail').fill(anna.email);
  await page.getByRole('button', { name: 'Find a person' }).click();
  const person = page.getByTestId('person');
  await person.getByText('Lead 1 Anna Kowalska').waitFor();
  assert.equal(await person.getByLabel(`Lead ${lead.id} Anna Kowalska`).isChecked(), true);
  assert.equal(await person.getByLabel(`Lead ${other.id} Boris`).isChecked(), false);
  await shoot(page, 'privacy');

  const given = page.waitForEvent('download');
  await person.getByRole('button', { name: 'Export' }).click();
  const file = JSON.parse(readFileSync(await (await given).path(), 'utf8'));
  assert.deepEqual(
    file.leads.map(({ name, message }) => [name, message]),
    [['Anna Kowalska', 'Call me']],
  );

  await person.getByRole('button', { name: 'Erase' }).click();
  const dialog = page.getByRole('dialog');
  const yes = dialog.getByRole('button', { name: 'Erase' });
  assert.equal(await yes.isDisabled(), true);
  await dialog.getByLabel('Type ERASE to confirm').fill('ERASE');
  await yes.click();
  await page.getByTestId('erasures').getByText('Done', { exact: true }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'privacy-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401')), []);

  const [erasure] = await finished();
  assert.equal(erasure.counts.leads, 1);
  assert.equal((await api.must('GET', `/leads/${lead.id}`)).name, '');
  assert.equal((await api.must('GET', `/leads/${other.id}`)).name, 'Boris');
  const gone = await api.call('POST', '/privacy/person', { body: { email: anna.email } });
  assert.deepEqual([gone.status, gone.body.code], [404, 'not_found']);
  const log = await api.must('GET', '/audit?act=person.erased');
  assert.equal(log.items[0].object, String(erasure.id));
  assert.ok(!JSON.stringify(log).includes('anna'), 'a certificate names nobody');
  assert.equal((await api.must('GET', '/audit/verify')).broken_at, null);
});

test('a request is written down, counted down, warned of and ended by its erasure', async () => {
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/settings?tab=privacy`);
  const card = page.getByTestId('requests');
  await card.getByText('Nobody has asked anything yet.').waitFor();
  await card.getByLabel('Days are counted by').selectOption('ccpa');
  await page.getByText('Saved. It counts for requests to come.').waitFor();
  await card.getByRole('button', { name: 'Write down a request' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reference').fill('Ticket 4711');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await card.getByText('45 days left').waitFor();
  const law = await api.must('GET', '/privacy/law');
  assert.equal(law.law, 'ccpa');

  // One that came in long ago is overdue, and the Overview says so.
  const long = new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 10);
  const body = { kind: 'show', received_on: long, law: 'gdpr' };
  const late = await api.must('POST', '/person-requests', { body });
  assert.ok(late.days_left < 0, JSON.stringify(late));
  const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const wrong = await api.call('POST', '/person-requests', {
    body: { kind: 'show', received_on: tomorrow },
  });
  assert.equal(wrong.status, 422);
  await page.goto(`${server.url}/`);
  await page.getByText('1 request of a person is overdue.').waitFor();
  await shoot(page, 'requests-overdue');
  await page.goto(`${server.url}/settings?tab=privacy`);
  const row = card.getByRole('row').filter({ hasText: 'To be shown what is held' });
  await row.getByText('overdue').waitFor();
  await shoot(page, 'requests');
  await row.getByRole('button', { name: 'Refuse' }).click();
  await dialog.getByLabel('Why').fill('said of another one');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await row.getByRole('button', { name: 'Refuse' }).click();
  assert.equal(await dialog.getByLabel('Why').inputValue(), '', 'each request has its own reason');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Fill this in.').waitFor();
  await dialog.getByLabel('Why').fill('could not prove who they are');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('could not prove who they are').waitFor();

  const ola = { name: 'Ola', email: 'ola@mail.example', phone: '+48601234567' };
  await api.must('POST', '/leads', { body: ola });
  await page.getByLabel('E-mail').fill(ola.email);
  await page.getByRole('button', { name: 'Find a person' }).click();
  const person = page.getByTestId('person');
  await person.getByLabel('Answers the request').selectOption({ index: 1 });
  await person.getByRole('button', { name: 'Erase' }).click();
  await dialog.getByLabel('Type ERASE to confirm').fill('ERASE');
  await dialog.getByRole('button', { name: 'Erase' }).click();
  const ended = await eventually(async () => {
    const { items } = await api.must('GET', '/person-requests');
    return items.every(({ state }) => state !== 'open') && items;
  });
  const answered = ended.find(({ kind }) => kind === 'erase');
  assert.deepEqual([answered.state, answered.reference], ['done', 'Ticket 4711']);
  assert.ok(answered.erasure_id > 0, JSON.stringify(answered));
  const asked = (await api.must('GET', '/audit?act=erasure.requested')).items[0];
  assert.equal(asked.details.request, answered.id);
  const log = await api.must('GET', '/audit?act=person_request.closed');
  assert.equal(log.items.length, 1);
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'requests-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401') && !each.includes('422')), []);
});

test('an owner says for how long data is kept, behind a word on what goes', async () => {
  const { page, complaints } = await browser.page();
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await page.goto(`${server.url}/settings?tab=privacy`);
  const card = page.getByTestId('retention');
  const visits = card.getByLabel('Who visitors are, days');
  await card.getByRole('button', { name: 'See what goes' }).waitFor();
  // Both are settings of the workspace, and nobody else changed it.
  const law = page.getByTestId('requests').getByLabel('Days are counted by');
  await law.selectOption('gdpr');
  await page.getByText('Saved. It counts for requests to come.').waitFor();
  await visits.fill('7');
  await card.getByRole('button', { name: 'See what goes' }).click();
  await card.getByText('This is too small or too large.').waitFor();
  await visits.fill('400');
  await card.getByLabel('Contacts of leads without a deal, days').fill('365');
  await card.getByLabel('Audit log, days').fill('120');
  await card.getByRole('button', { name: 'See what goes' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Contacts of leads without a deal, days: 0 records').waitFor();
  await shoot(page, 'retention');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. It is done in the coming night.').waitFor();
  await law.selectOption('ccpa');
  await eventually(async () => (await api.must('GET', '/privacy/law')).law === 'ccpa');
  const kept = await api.must('GET', '/privacy/retention');
  assert.deepEqual(kept.days, {
    requests: null,
    rejected_rows: null,
    contacts: 365,
    visits: 400,
    audit_log: 120,
  });
  const register = page.getByTestId('register');
  await register.getByText('Raw requests').first().click();
  await register.getByText('30 days').first().waitFor();
  const file = page.waitForEvent('download');
  await register.getByRole('button', { name: 'Export CSV' }).click();
  const rows = readFileSync(await (await file).path(), 'utf8').trim().split('\r\n');
  assert.equal(rows.length, 11, 'a head and ten classes');
  const log = await api.must('GET', '/audit?act=retention.changed');
  assert.equal(log.items.length, 1);
  assert.deepEqual(await barriers(page), []);
  await page.setViewportSize(phone);
  assert.equal(await overflow(page), 0);
  await shoot(page, 'retention-phone');
  assert.deepEqual(complaints.filter((each) => !each.includes('401') && !each.includes('422')), []);
});

test('the command shows what would go, and erases when told so', async () => {
  await server.halt();
  const whom = ['--email', boris.email, '--json'];
  const to = path.join(server.folder, 'boris.json');
  const shown = server.command('person', 'export', ...whom, '--to', to);
  assert.equal(shown.status, 0, shown.stderr);
  assert.equal(JSON.parse(readFileSync(to, 'utf8')).leads[0].name, 'Boris');
  const asked = server.command('person', 'erase', ...whom);
  assert.equal(JSON.parse(asked.stdout).leads, 1, asked.stderr);
  const done = server.command('person', 'erase', ...whom, '--yes');
  assert.equal(JSON.parse(done.stdout).counts.leads, 1, done.stderr);
  const again = server.command('person', 'erase', ...whom);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /person not found/);
  const ask = ['person', 'request', '--kind', 'show', '--reference', 'Ticket 8', '--json'];
  const written = JSON.parse(server.command(...ask).stdout);
  assert.equal(written.days_left, 45, 'by the law of the workspace');
  const close = ['person', 'close', String(written.id), '--refused', 'nobody knows them', '--json'];
  assert.equal(JSON.parse(server.command(...close).stdout).state, 'refused');
  const listed = JSON.parse(server.command('person', 'requests', '--json').stdout);
  assert.deepEqual([listed.length, listed.every(({ state }) => state !== 'open')], [3, true]);
  const kept = JSON.parse(server.command('retention', '--json').stdout);
  assert.deepEqual(kept.next_night.map((one) => [one.class, one.rows]), [
    ['contacts', 0],
    ['visits', 0],
    ['audit_log', 0],
  ]);
  const gone = JSON.parse(server.command('retention', '--apply', '--json').stdout);
  assert.deepEqual(gone.gone, { contacts: 0, visits: 0, audit_log: 0 });
  await server.start();
});
