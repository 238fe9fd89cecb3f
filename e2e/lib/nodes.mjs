// Several nodes on one store and one warehouse, and visitors in front of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { apiKey, client, eventually, setUp } from './api.mjs';
import { clickHouse, withoutClickHouse } from './clickhouse.mjs';
import { event, sendEvents } from './facts.mjs';
import { database, withoutPostgres } from './postgres.mjs';
import { freePort, startServer } from './server.mjs';

export const skip = withoutClickHouse || withoutPostgres;
/** Longer than a server waits for a node that hangs within a transaction. */
export const PATIENT = { tries: 2_400 };

/** A store and a warehouse that nodes share, and room for copies of their folders. */
export async function ground(context, name) {
  const facts = await clickHouse();
  context.after(() => facts.remove());
  await facts.start();
  const spare = await mkdtemp(path.join(tmpdir(), 'throughline-spare-'));
  context.after(() => rm(spare, { recursive: true }));
  const env = {
    THROUGHLINE_STORE_URL: database(name),
    THROUGHLINE_WAREHOUSE_URL: facts.url,
    THROUGHLINE__NODE__KEY: 'a1'.repeat(32),
    THROUGHLINE__SECRETS__KEY: '5e'.repeat(32),
    THROUGHLINE__COLLECT__PER_IP_RATE: '0',
    THROUGHLINE__COLLECT__PER_KEY_RATE: '0',
    THROUGHLINE__SERVER__DRAIN_S: '1',
    THROUGHLINE__LOG__LEVEL: 'off',
  };
  return { facts, env, spare };
}

/** A node of its own, with its own data folder, on this machine or at another place of it. */
export async function node(context, { env }, name, roles, { place, within } = {}) {
  const listen = place ?? `127.0.0.1:${await freePort()}`;
  const server = await startServer({
    args: ['serve', '--roles', roles],
    within,
    env: {
      ...env,
      THROUGHLINE__NODE__NAME: name,
      THROUGHLINE__NODE__ADDRESS: `http://${listen}`,
      THROUGHLINE__SERVER__LISTEN: listen,
    },
  });
  context.after(() => server.stop());
  return server;
}

/** Who sets it up: a site, a link that works, and a key. */
export async function furnish(server) {
  const api = client(() => server.url);
  await setUp(api);
  const target = 'https://optics.example/sale';
  await api.must('POST', '/links', { body: { name: 'sale', slug: 'sale', target } });
  return { api, key: await apiKey(api) };
}

export async function click(server) {
  try {
    const answer = await fetch(`${server.url}/c/sale`, { redirect: 'manual' });
    return answer.status;
  } catch {
    return 0;
  }
}

/** Clicks and events without a pause, on whichever collector answers; an event is sent until it is. */
export function load(collectors, key, round) {
  let isOver = false;
  const told = { clicks: 0, unsure: 0, events: 0 };
  const clicking = async (server) => {
    while (!isOver) {
      const status = await click(server);
      if (status === 302) told.clicks += 1;
      // Nobody knows whether a click whose answer was cut off was taken in.
      else told.unsure += 1;
      if (status === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const sending = async () => {
    for (let number = 0; !isOver; number += 1) {
      const id = `${round}-${number}`;
      for (let at = number; ; at += 1) {
        const server = collectors[at % collectors.length];
        const { status } = await sendEvents(server.url, key, [event(id)]).catch(() => ({}));
        if (status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      told.events += 1;
    }
  };
  const running = Promise.all([...collectors.map(clicking), sending()]);
  return {
    told,
    async passes(more) {
      const until = told.clicks + more;
      await eventually(() => told.clicks >= until, { tries: 4_000 });
    },
    async end() {
      isOver = true;
      await running;
    },
  };
}

export const metric = async (server, line) => {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  return Number(page.split('\n').find((one) => one.startsWith(`${line} `))?.split(' ')[1]);
};
