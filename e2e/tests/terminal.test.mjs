// What the program writes where nobody looks at a terminal: into files, pipes and the journal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const PASSWORD = 'a long enough password';

let folder;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'throughline-e2e-'));
});
after(() => rm(folder, { recursive: true, force: true }));

function start(...words) {
  const env = {
    ...process.env,
    THROUGHLINE__SERVER__LISTEN: '127.0.0.1:0',
    THROUGHLINE__LOG__LEVEL: 'info',
  };
  const child = spawn(process.env.THROUGHLINE, [...words, '--data', folder], { env });
  const said = { out: '', log: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (said.log += text));
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  return { child, ended };
}

test('a log that is kept in a file has no colours', async () => {
  const { child, ended } = start('serve');
  const [greeting] = await once(child.stdout, 'data');
  const [address] = String(greeting).match(/http:\S+/);
  assert.equal((await fetch(`${address}/readyz`)).status, 200);
  child.kill('SIGTERM');
  const { code, log } = await ended;
  assert.equal(code, 0);
  assert.match(log, / INFO .*stopping: open requests finish first/);
  assert.ok(!log.includes('\x1b'), JSON.stringify(log));
});

test('a reader that goes away early makes no command fail', async () => {
  for (const words of [['config', 'print'], ['openapi'], ['metrics'], ['roles'], ['doctor']]) {
    const { child, ended } = start(...words);
    child.stdout.destroy();
    const { code, log } = await ended;
    assert.deepEqual([code, log], [0, ''], words.join(' '));
  }
});

test('a command beside a server is told which server holds the folder, and what to do', async () => {
  const server = await startServer();
  const held = (address) =>
    `the data folder ${server.folder} is in use by the server on ${address} (its setting server.listen;`;
  try {
    await setUp(client(() => server.url));
    const first = new URL(server.url).host;
    const refused = server.command('user', 'list');
    assert.deepEqual([refused.status, refused.stdout], [1, '']);
    assert.ok(refused.stderr.includes(held(first)), refused.stderr);
    assert.match(refused.stderr, /stop it first .*, or do this in its interface or API/);

    // What a killed server said of itself is not believed of whoever holds the folder after it.
    await server.kill();
    assert.match(await readFile(path.join(server.folder, 'journal', 'lock'), 'utf8'), /^server /);
    assert.equal(server.command('user', 'list').status, 0);
    await server.start();
    const second = new URL(server.url).host;
    const again = server.command('user', 'list');
    assert.ok(again.stderr.includes(held(second)), again.stderr);
  } finally {
    await server.stop();
  }
});

/**
 * Runs a command on a terminal of its own and types a line at each question; answers the exit code
 * and all that was shown.
 */
function atTerminal(words, lines) {
  const command = [process.env.THROUGHLINE, ...words].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null']);
  const waiting = [...lines];
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    if (shown.endsWith(': ') && waiting.length > 0) child.stdin.write(`${waiting.shift()}\n`);
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, shown })));
}

test('a password that is typed is not shown, and asked twice', async () => {
  const server = await startServer();
  try {
    await setUp(client(() => server.url));
    await server.halt();
    const create = ['user', 'create', 'anna@shop.example', '--data', server.folder];
    const differs = await atTerminal(create, [PASSWORD, 'another long password']);
    assert.equal(differs.status, 1);
    assert.match(differs.shown, /the two passwords are not the same; nothing was changed/);
    const made = await atTerminal(create, [PASSWORD, PASSWORD]);
    assert.equal(made.status, 0, made.shown);
    assert.match(made.shown, /Password \(not shown\): .*The same again: .*anna@shop\.example can/s);
    for (const { shown } of [differs, made]) assert.ok(!shown.includes('long'), shown);
    await server.start();
    const body = { email: 'anna@shop.example', password: PASSWORD };
    await client(() => server.url).must('POST', '/sessions', { body });
  } finally {
    await server.stop();
  }
});
