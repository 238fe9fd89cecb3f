import { expect, test } from 'vitest';
import type { SeenEvent, SeenRequest } from '$lib/api/types';
import { aboutOf, distinct, endsOf, merged, rawOf, standing, wanted } from './requests';

const event = (over: Partial<SeenEvent>): SeenEvent => ({
  site: 1,
  tie: 'site',
  count: 1,
  read: [],
  decisions: [],
  fact: [],
  end: 'stored',
  fact_id: null,
  loaded_at: null,
  reason: null,
  field: null,
  detail: null,
  ...over,
});
const request = (id: string, events: SeenEvent[], over: Partial<SeenRequest> = {}): SeenRequest => ({
  id,
  at: `2026-11-23T10:00:0${id}.000Z`,
  door: 'tracker',
  node: 'main',
  method: 'POST',
  path: '/e',
  query: '',
  headers: [{ name: 'host', value: 'stats.example' }],
  network: '203.0.113.0/24',
  body: '{}',
  body_bytes: 2,
  status: 202,
  events,
  unlisted: 0,
  ...over,
});
const stored = request('1', [event({ read: [{ name: 'url', value: 'https://a.example/' }] })]);
const dropped = request('2', [event({ end: 'dropped', reason: 'bot' })], { door: 'click' });

test('what came stands first, and what changed takes its place', () => {
  const loaded = { ...stored, events: [event({ loaded_at: '2026-11-23T10:00:09Z' })] };
  const all = merged([stored], [dropped, loaded]);
  expect(all.map(({ id }) => id)).toEqual(['2', '1']);
  expect(all[1]?.events[0]?.loaded_at).not.toBeNull();
});

test('a node that does not answer ends nothing, and all that say so do', () => {
  const until = '2026-11-23T10:30:00.000Z';
  const at = (state: 'watching' | 'off' | 'away') => ({ name: 'main', state });
  const before = { until, nodes: [at('watching')] };
  const [soon, late] = ['2026-11-23T10:00:00.000Z', '2026-11-23T10:30:00.000Z'];
  const after = (nodes: ReturnType<typeof at>[], now = soon) =>
    standing(before, { until: null, nodes }, now).until;
  expect(after([at('away')])).toBe(until);
  expect(after([at('off'), at('away')])).toBe(until);
  expect(after([])).toBe(until);
  expect(after([at('away')], late)).toBeNull();
  expect(after([at('off'), at('off')])).toBeNull();
  expect(standing(undefined, { until: null, nodes: [at('away')] }, soon).until).toBeNull();
});

test('requests are narrowed by what became of them, by door and by text', () => {
  const ids = (over: object) =>
    wanted([stored, dropped], { text: '', door: '', end: '', ...over }).map(({ id }) => id);
  expect(ids({ end: 'stored' })).toEqual(['1']);
  expect(ids({ end: 'dropped' })).toEqual(['2']);
  expect(ids({ end: 'bot' })).toEqual(['2']);
  expect(ids({ door: 'click' })).toEqual(['2']);
  expect(ids({ text: 'A.EXAMPLE' })).toEqual(['1']);
});

test('events of one fate are counted together', () => {
  const batch = request('3', [event({}), event({}), event({ end: 'dropped', reason: 'bot', count: 4 })]);
  expect(endsOf(batch)).toEqual([
    { end: 'stored', count: 2 },
    { end: 'bot', count: 4 },
  ]);
});

test('a request is told in one line, and as it came', () => {
  expect(aboutOf(stored)).toBe('https://a.example/');
  expect(aboutOf(dropped)).toBe('POST /e');
  expect(rawOf(stored)).toBe('POST /e\nhost: stats.example\n\n{}');
  expect(distinct([stored.headers[0]!, stored.headers[0]!]).map(({ name }) => name)).toEqual(['host', 'host (2)']);
});
