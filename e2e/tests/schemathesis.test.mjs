// Requests that a machine makes from the API document, right ones and wrong ones, as every role:
// no answer is a server error, and each has the status, type and shape that the document says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { apiKey, client, setUp } from '../lib/api.mjs';
import { hire, somebody } from '../lib/people.mjs';
import { startServer } from '../lib/server.mjs';

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
].join(',');
/** Ends of the session that asks, mail in heaps, and answers that do not end. */
const LEFT_OUT = 'sessions|/me/(password|email|second-factor)|password-resets|/live$';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const tool = path.join(root, 'deps', 'schemathesis');
const skip = existsSync(tool) ? false : 'deps/schemathesis is not there: run the tests with `make e2e`';

let server;
let api;
let roles;

before(async () => {
  server = await startServer();
  api = client(() => server.url);
  await setUp(api);
  roles = (await api.must('GET', '/roles')).items.map(({ role }) => role);
  await hire(server, api, roles);
});
after(() => server.stop());

async function cookieOf(role) {
  const person = await somebody(server, role);
  return { Cookie: person.cookie };
}

/** Throws requests at every endpoint; the same ones for the same seed. */
function attack(headers, { phases, examples }) {
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const words = [
    '-m', 'schemathesis.cli', 'run', path.join(root, 'crates/api/openapi.json'),
    '--origin', server.url, '--checks', CHECKS, '--exclude-path-regex', LEFT_OUT,
    '--phases', phases, '--max-examples', String(examples), '--seed', '7',
    '--generation-database', 'none', '--continue-on-failure', '--no-shrink', '--no-color',
    '--warnings', 'off', ...named,
  ];
  const env = { ...process.env, PYTHONPATH: tool, SCHEMATHESIS_HOOKS: '' };
  const child = spawn('python3', words, { cwd: server.folder, env });
  let told = '';
  child.stdout.on('data', (text) => (told += text));
  child.stderr.on('data', (text) => (told += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, told })));
}

function expectClean(who, { code, told }) {
  assert.equal(code, 0, `${who}: ${told.slice(-6_000)}`);
  const [, cases] = /(\d+) generated/.exec(told) ?? [];
  assert.ok(Number(cases) > 100, `${who}: ${cases} requests`);
}

test('an owner gets no answer that is not documented', { skip }, async () => {
  expectClean('owner', await attack(await cookieOf('owner'), { phases: 'coverage,fuzzing', examples: 6 }));
});

test('a key and every other role neither', { skip }, async () => {
  const callers = [['a key', await apiKey(api)]];
  for (const role of roles.filter((each) => each !== 'owner')) callers.push([role, await cookieOf(role)]);
  for (const [who, headers] of callers) {
    expectClean(who, await attack(headers, { phases: 'fuzzing', examples: 2 }));
  }
});

test('the server and its books are whole afterwards', { skip }, async () => {
  const ready = await fetch(`${server.url}/readyz`);
  assert.equal(ready.status, 200, await ready.text());
  assert.equal((await api.call('GET', '/leads')).status, 200);
  const verdict = await api.must('GET', '/audit/verify');
  assert.equal(verdict.broken_at, null);
  await server.crash();
  assert.equal((await api.call('GET', '/deals')).status, 200);
});
