// A server of our own for each test file: own data folder, a free port, stopped at the end.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const binary = process.env.THROUGHLINE;

/** Starts the real binary and answers its address, `stop` and `restart`. */
export async function startServer({ args = ['serve'], env = {} } = {}) {
  if (!binary) throw new Error('set THROUGHLINE to the binary: run the tests with `make e2e`');
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-e2e-'));
  let server = await launch(folder, args, env);
  return {
    get url() {
      return server.url;
    },
    folder,
    /** Ends the process without warning and starts it again on the same data. */
    async crash() {
      server.process.kill('SIGKILL');
      await server.ended;
      server = await launch(folder, args, env);
    },
    /** Runs commands on the folder while the server is stopped; answers what each printed. */
    async offline(...commands) {
      server.process.kill('SIGTERM');
      await server.ended;
      const printed = commands.map((words) => run(folder, words));
      server = await launch(folder, args, env);
      return printed;
    },
    async stop() {
      server.process.kill('SIGTERM');
      await server.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function run(folder, words) {
  const done = spawnSync(binary, [...words, '--data', folder], {
    encoding: 'utf8',
    env: { ...process.env, THROUGHLINE__LOG__LEVEL: 'warn' },
  });
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

async function launch(folder, args, env) {
  const child = spawn(binary, [...args, '--data', folder], {
    env: {
      ...process.env,
      THROUGHLINE__SERVER__LISTEN: '127.0.0.1:0',
      THROUGHLINE__LOG__LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = readline.createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const found = line.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    ended.then((code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  return { process: child, ended, url };
}
