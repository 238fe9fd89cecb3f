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

/** Makes a database of the tests' server and answers its address. */
export function database(name) {
  const tool = path.join(path.dirname(readlinkSync(`/proc/${postmaster}/exe`)), 'createdb');
  const url = new URL(postgres);
  const place = ['--host', url.hostname, '--port', url.port, '--username', url.username];
  const made = spawnSync(tool, [...place, name], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  url.pathname = name;
  return url.href;
}
