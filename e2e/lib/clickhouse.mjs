// A ClickHouse server that a test can stop, hang, kill and start again.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from './server.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = path.join(root, 'xtask', 'clickhouse-server');

/** What to say instead of a test that needs the server, or false. */
export const withoutClickHouse = existsSync(path.join(root, 'deps', 'clickhouse'))
  ? false
  : "run 'make deps/clickhouse', which installs the server";

/** Makes a server of its own; `start` starts it, and starts it again on the same data. */
export async function clickHouse() {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-clickhouse-'));
  const port = await freePort();
  let child;
  let ended;
  const signal = (name) => child.kill(name);
  return {
    url: `http://127.0.0.1:${port}/facts`,
    async start() {
      child = spawn(program, [folder, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] });
      ended = new Promise((resolve) => child.once('exit', resolve));
      await Promise.race([
        listens(port),
        ended.then((code) => Promise.reject(new Error(`ClickHouse ended with ${code}`))),
      ]);
    },
    /** Takes connections and answers nothing. */
    hang: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
    async kill() {
      signal('SIGKILL');
      await ended;
    },
    async remove() {
      if (child) {
        signal('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port) {
  const tried = () =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      socket.once('connect', () => socket.end());
    });
  while (!(await tried())) await new Promise((resolve) => setTimeout(resolve, 50));
}
