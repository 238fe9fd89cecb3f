// Databases of the server that the tests were started with.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import path from 'node:path';

const postgres = process.env.THROUGHLINE_TEST_POSTGRES;

/** The server's first process; 0 where it is not ours to stop. */
export const postmaster = Number(process.env.THROUGHLINE_TEST_POSTGRES_PID ?? 0);

/** What to say instead of a test that stops the server, or false. */
export const withoutPostgres =
  postmaster && process.platform === 'linux' ? false : 'run it under xtask/with-postgres';

/** Runs a tool of the server's own version on the server. */
function run(name, ...words) {
  const tool = path.join(path.dirname(readlinkSync(`/proc/${postmaster}/exe`)), name);
  const { hostname, port, username } = new URL(postgres);
  const place = ['--host', hostname, '--port', port, '--username', username];
  const done = spawnSync(tool, [...place, ...words], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
}

/** Makes a database of the tests' server and answers its address. */
export function database(name) {
  run('createdb', name);
  const url = new URL(postgres);
  url.pathname = name;
  return url.href;
}

/** Changes a database behind the program's back. */
export function tamper(url, sql) {
  run('psql', '--dbname', new URL(url).pathname.slice(1), '--command', sql);
}
