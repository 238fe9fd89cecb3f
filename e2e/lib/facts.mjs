// Facts that tests send, and reports that tell whether each counts once.
import { table } from './api.mjs';

/** A small seeded generator: the same choices at every run. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** A day near today, as a report's period wants it. */
export function day(offset) {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Rounds of a kill test: few in the suite, as many as wanted in a long run. */
export function rounds(usual) {
  return Math.ceil(usual * Number(process.env.KILL_ROUNDS_FACTOR ?? 1));
}

/** An event with an id of the sender's own. */
export function event(id, fields = {}) {
  const url = 'https://optics.example/';
  return { id, type: 'event', name: 'ping', url, visitor: '0000000000001', ...fields };
}

/** Sends a batch through the servers' door; answers the status and each item's. */
export async function sendEvents(url, key, events) {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { ...key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  const answer = await response.json();
  return { status: response.status, items: answer.items?.map((item) => item.status) ?? [] };
}

/** Numbers of the last and next days, machines included. */
export async function counted(api, metrics, dimensions = []) {
  const question = {
    metrics,
    dimensions,
    period: { from: day(-3), to: day(2) },
    include_bots: true,
  };
  const { totals, rows } = await table(api, question);
  const numbers = (cells) =>
    Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, Number(value ?? 0)]));
  return dimensions.length === 0
    ? numbers(totals)
    : Object.fromEntries(Object.entries(rows).map(([name, cells]) => [name, numbers(cells)]));
}
