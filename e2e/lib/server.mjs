// A server of our own for each test file: own data folder, a free port, stopped at the end.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const binary = process.env.THROUGHLINE;
const ADDRESS = /http:\/\/\d+(\.\d+){3}:\d+/;

/**
 * Starts the real binary, on a folder of its own if none is given, and answers its address and what
 * a test can do to it. `within` are words before it, of a program that starts it somewhere else.
 */
export async function startServer({ args = ['serve'], env = {}, folder, within = [] } = {}) {
  if (!binary) throw new Error('set THROUGHLINE to the binary: run the tests with `make e2e`');
  folder ??= await mkdtemp(path.join(tmpdir(), 'throughline-e2e-'));
  let server = await launch(folder, args, env, within);
  return {
    get url() {
      return server.url;
    },
    folder,
    get pid() {
      return server.process.pid;
    },
    /** The line with which it told its address. */
    get greeting() {
      return server.greeting;
    },
    /** Ends the process without warning and starts it again on the same data. */
    async crash() {
      server.process.kill('SIGKILL');
      await server.ended;
      server = await launch(folder, args, env, within);
    },
    /** Ends the process without warning. */
    async kill() {
      server.process.kill('SIGKILL');
      await server.ended;
    },
    /** Asks the process to end and waits until it has. */
    async halt() {
      server.process.kill('SIGTERM');
      await server.ended;
    },
    /** Starts it again after `kill` or `halt`. */
    async start() {
      server = await launch(folder, args, env, within);
    },
    /**
     * Refuses every write behind this byte of any file, as a full disk does, or none with
     * "unlimited".
     */
    fillDisk(byte) {
      limitWrites(server.process.pid, byte);
    },
    /** Runs a command on the folder and answers its exit code and what it printed. */
    command(...words) {
      return commandOn(folder, words, env);
    },
    /** Starts a command on the folder; answers the process, when it has ended, and its words. */
    background(...words) {
      const child = spawn(binary, [...words, '--data', folder], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: environment(env),
      });
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        printed += text;
      });
      return {
        process: child,
        ended: new Promise((resolve) => child.once('close', resolve)),
        printed: () => printed,
      };
    },
    /** Runs commands on the folder while the server is stopped; answers what each printed. */
    async offline(...commands) {
      server.process.kill('SIGTERM');
      await server.ended;
      const printed = commands.map((words) => run(folder, words));
      server = await launch(folder, args, env, within);
      return printed;
    },
    async stop() {
      server.process.kill('SIGTERM');
      await server.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function environment(env) {
  return { ...process.env, THROUGHLINE__LOG__LEVEL: 'warn', ...env };
}

/** Runs a command on a folder; answers its exit code and what it printed. */
export function commandOn(folder, words, env = {}) {
  const options = { encoding: 'utf8', env: environment(env) };
  return spawnSync(binary, [...words, '--data', folder], options);
}

function limitWrites(pid, byte) {
  const done = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${byte}:unlimited`]);
  if (done.status !== 0) throw new Error(`prlimit (of util-linux) failed: ${done.stderr}`);
}

function run(folder, words) {
  const done = commandOn(folder, words);
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

async function launch(folder, args, env, within = []) {
  // A write over the limit is an error to be handled, not a signal to die of.
  const shell = 'trap "" XFSZ; exec "$0" "$@"';
  const child = spawn('sh', ['-c', shell, ...within, binary, ...args, '--data', folder], {
    env: environment({ THROUGHLINE__SERVER__LISTEN: '127.0.0.1:0', ...env }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = readline.createInterface({ input: child.stdout });
  const greeting = await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (ADDRESS.test(line)) resolve(line);
    });
    ended.then((code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  return { process: child, ended, url: greeting.match(ADDRESS)[0], greeting };
}
