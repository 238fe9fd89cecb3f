// What an erasure keeps though the program is killed inside of it, and what a back-up of before
// brings back.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { client, eventually, owner, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

/** How often the program is killed inside an erasure. */
const KILLS = 4;

async function shop(context, env) {
  const server = await startServer({ env });
  context.after(() => server.stop());
  const api = client(() => server.url);
  await setUp(api);
  return { server, api };
}

/** Files of a folder that hold a text. */
async function telling(folder, text) {
  const found = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    if (bytes.includes(text)) found.push(path.relative(folder, file));
  }
  return found;
}

const mail = (number) => `person-${number}@mail.example`;

async function leads(api, from, until) {
  for (let number = from; number < until; number += 1) {
    const phone = `+4851234${String(5000 + number)}`;
    const body = { name: `Person-${number}-Kowalska`, phone, email: mail(number) };
    await api.must('POST', '/leads', { body });
  }
}

const isDone = (api) =>
  eventually(
    async () => {
      const { items } = await api.must('GET', '/erasures');
      return items.every(({ step }) => step === 'done') && items;
    },
    { tries: 1_000 },
  );

test('the program is killed while people are erased, and nobody is half erased', async (context) => {
  const { server, api } = await shop(context, {});
  await leads(api, 0, 3 * KILLS);
  const before = (await api.must('GET', '/leads')).items.length;
  for (let round = 0; round < KILLS; round += 1) {
    // Three at once, so that one of them is under way when the end comes.
    for (let at = 3 * round; at < 3 * round + 3; at += 1) {
      await api.must('POST', '/erasures', { body: { email: mail(at) } });
    }
    await eventually(
      async () => {
        const { items } = await api.must('GET', '/erasures');
        const begun = items.find(({ step, until }) => step !== 'done' && until !== null);
        return begun !== undefined || items.every(({ step }) => step === 'done');
      },
      { tries: 1_000 },
    );
    await server.crash();
  }
  const done = await isDone(api);
  assert.equal(done.length, 3 * KILLS);
  assert.deepEqual([...new Set(done.map(({ counts }) => counts.leads))], [1]);
  const { items } = await api.must('GET', '/leads');
  assert.equal(items.length, before, 'leads count as before');
  assert.ok(items.every(({ name, email }) => name === '' && email === ''));
  assert.equal((await api.must('GET', '/audit/verify')).broken_at, null);
  await server.halt();
  assert.deepEqual(await telling(server.folder, '-Kowalska'), []);
  const list = JSON.parse(await readFile(path.join(server.folder, 'erasures.json'), 'utf8'));
  assert.equal(list.erasures.length, 3 * KILLS);
  assert.ok(list.erasures.every((one) => one.leads.length === 1));
  await server.start();
});

test('an erasure leaves no copy of the databases behind', async (context) => {
  const { server, api } = await shop(context, {});
  await leads(api, 0, 1);
  await server.halt();
  const backup = path.join(server.folder, 'backup');
  await mkdir(path.join(backup, 'proof'), { recursive: true });
  const copies = [
    'store-before-upgrade-00000000000001-v30.sqlite',
    'warehouse-before-upgrade-00000000000001-v9.duckdb',
    'store.part',
    'proof/store.sqlite',
  ];
  for (const name of copies) await writeFile(path.join(backup, name), 'Person-0-Kowalska');
  const done = server.command('person', 'erase', '--email', mail(0), '--yes', '--json');
  assert.equal(done.status, 0, done.stderr);
  assert.equal(JSON.parse(done.stdout).counts.copies, 4);
  assert.deepEqual(await telling(server.folder, '-Kowalska'), []);
  await server.start();
});

test('an earlier back-up that is restored forgets whoever was erased since', async (context) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-erasures-'));
  let restored;
  context.after(async () => {
    await restored?.halt();
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(path.join(folder, 'place'));
  await writeFile(path.join(folder, 'key'), '5e'.repeat(32));
  const env = {
    THROUGHLINE__BACKUP__PLACE: path.join(folder, 'place'),
    THROUGHLINE__BACKUP__KEY_FILE: path.join(folder, 'key'),
  };
  const { server, api } = await shop(context, env);
  await leads(api, 0, 2);
  const told = (done) => {
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout);
  };
  const first = told(server.command('backup', '--json')).name;
  // It goes out of the place as of an hour that has a newer one: keep it aside.
  const aside = path.join(folder, 'place', 'sets', first);
  const sealed = await readFile(aside);
  await api.must('POST', '/erasures', { body: { email: mail(0) } });
  await isDone(api);
  const second = told(server.command('backup', '--json')).name;
  await writeFile(aside, sealed);
  // Where the newer list cannot be read, bringing people back has to be wished.
  const newer = path.join(folder, 'place', 'sets', second);
  const whole = await readFile(newer);
  await writeFile(newer, 'torn');
  const words = ['restore', '--json', '--set', first, '--to', path.join(folder, 'unwished')];
  const refused = server.command(...words);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /whoever was erased after .* would be back/);
  told(server.command(...words, '--older-erasures'));
  const forgetful = await startServer({ folder: path.join(folder, 'unwished') });
  context.after(() => forgetful.halt());
  const back = client(() => forgetful.url);
  await back.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  const known = (await back.must('GET', '/leads')).items.map(({ name }) => name);
  assert.deepEqual(known.sort(), ['Person-0-Kowalska', 'Person-1-Kowalska']);
  await writeFile(newer, whole);
  const target = path.join(folder, 'restored');
  told(server.command('restore', '--set', first, '--to', target, '--json'));
  restored = await startServer({ folder: target });
  const there = client(() => restored.url);
  await there.must('POST', '/sessions', { body: { email: owner.email, password: owner.password } });
  const [erased] = await isDone(there);
  assert.equal(erased.counts.leads, 1);
  const names = (await there.must('GET', '/leads')).items.map(({ name }) => name);
  assert.deepEqual(names.sort(), ['', 'Person-1-Kowalska']);
});
