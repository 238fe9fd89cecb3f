// Connections that do nothing: thousands of them, heads that never end, and more than are held.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { apiKey, client, eventually, setUp } from '../lib/api.mjs';
import { event, sendEvents } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const IDLE = 10_000;
/** Kilobytes of memory that an idle connection may cost. */
const KILOBYTES_EACH = 48;
const HEAD_S = 4;

let server;
let key;

before(async () => {
  server = await startServer({ env: { THROUGHLINE__SERVER__HEAD_S: String(HEAD_S) } });
  const api = client(() => server.url);
  await setUp(api);
  key = await apiKey(api);
});
after(() => server?.stop());

/** Opens connections that begin a request and do not go on; answers them once they are open. */
function idle(url, count) {
  const { hostname, port } = new URL(url);
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname, () => {
        socket.write('GET /healthz HTTP/1.1\r\nHost: ');
        resolve(socket);
      });
      socket.gone = false;
      socket.on('close', () => (socket.gone = true));
      socket.on('error', (error) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
      socket.resume();
    });
  return Promise.all(Array.from({ length: count }, one));
}

const files = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const kilobytes = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
/** Open files that this process may have; each connection takes one here and one there. */
const granted = () => Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);

test('ten thousand idle connections cost little, delay nobody, and are hung up on', async (t) => {
  const count = Math.min(IDLE, granted() - 1_000);
  t.diagnostic(`${count} connections`);
  const before = { files: files(server.pid), memory: kilobytes(server.pid) };
  const sockets = await idle(server.url, count);
  const begun = Date.now();
  const { status } = await sendEvents(server.url, key, [event('beside idle ones')]);
  assert.equal(status, 200);
  assert.ok(Date.now() - begun < 2_000, 'an event is taken at once');
  const grown = kilobytes(server.pid) - before.memory;
  t.diagnostic(`${(grown / count).toFixed(1)} KB each`);
  assert.ok(grown < count * KILOBYTES_EACH, `${grown} KB for ${count} connections`);
  await eventually(() => sockets.every((socket) => socket.gone), { tries: 600 });
  await eventually(() => files(server.pid) < before.files + 50);
});

test('who comes when all places are taken waits for one and is served', async () => {
  const small = await startServer({
    env: {
      THROUGHLINE__SERVER__HEAD_S: '1',
      THROUGHLINE__SERVER__CONNECTIONS_MAX: '20',
    },
  });
  try {
    await idle(small.url, 60);
    const answer = await fetch(`${small.url}/healthz`);
    assert.equal(answer.status, 200);
  } finally {
    await small.stop();
  }
});
