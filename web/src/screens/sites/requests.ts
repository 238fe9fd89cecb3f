// The last requests of a site: what is shown of them, and which of them.
import type { SeenEvent, SeenField, SeenRequest, SiteRequests } from '$lib/api/types';

/** More than a node keeps of a site. */
const REQUESTS_MAX = 400;

/** What came or changed, beside what was known, the newest first. */
export function merged(known: SeenRequest[], came: SeenRequest[]): SeenRequest[] {
  const changed = new Map(came.map((one) => [one.id, one]));
  const kept = known.map((one) => changed.get(one.id) ?? one);
  const ids = new Set(known.map(({ id }) => id));
  const fresh = came.filter(({ id }) => !ids.has(id));
  const all = [...fresh, ...kept];
  all.sort((one, other) => other.at.localeCompare(one.at));
  return all.slice(0, REQUESTS_MAX);
}

export type Standing = Pick<SiteRequests, 'until' | 'nodes'>;

/**
 * Whether somebody watches, and at which nodes. A node that does not answer may still watch: only
 * when all of them say that they do not, or the time is over, is it so.
 */
export function standing(before: Standing | undefined, told: Standing, now: string): Standing {
  const isSure = told.nodes.length > 0 && told.nodes.every(({ state }) => state !== 'away');
  const until = before?.until ?? null;
  if (told.until !== null || isSure || until === null || Date.parse(until) <= Date.parse(now)) {
    return told;
  }
  return { until, nodes: told.nodes };
}

/** What became of an event, in one word: its end, or why it was dropped. */
export const endOf = (event: SeenEvent): string => event.reason ?? event.end;

/** What became of a request's events, each kind once with how many there are. */
export function endsOf(request: SeenRequest): { end: string; count: number }[] {
  const ends = new Map<string, number>();
  for (const event of request.events) {
    ends.set(endOf(event), (ends.get(endOf(event)) ?? 0) + event.count);
  }
  return [...ends].map(([end, count]) => ({ end, count }));
}

export interface Wanted {
  /** Of the request, in any field. */
  text: string;
  door: string;
  /** What became of an event; `dropped` is any reason. */
  end: string;
}

export function wanted(requests: SeenRequest[], { text, door, end }: Wanted): SeenRequest[] {
  const sought = text.toLowerCase();
  const has = (event: SeenEvent): boolean => endOf(event) === end || event.end === end;
  return requests.filter(
    (request) =>
      (door === '' || request.door === door) &&
      (end === '' || request.events.some(has)) &&
      (sought === '' || JSON.stringify(request).toLowerCase().includes(sought)),
  );
}

/** What it is about, in one line: names and pages of its events, else where it was sent. */
export function aboutOf(request: SeenRequest): string {
  const first = request.events.map((event) => {
    const value = (fields: SeenField[], name: string): string =>
      fields.find((field) => field.name === name)?.value ?? '';
    const name = value(event.read, 'name') || value(event.read, 'type');
    const page = value(event.fact, 'page') || value(event.read, 'url');
    return [name, page].filter((part) => part !== '').join(' · ');
  });
  return first.find((line) => line !== '') ?? `${request.method} ${request.path}`;
}

/** Fields for a list whose names have to differ. */
export function distinct(fields: SeenField[]): SeenField[] {
  const seen = new Map<string, number>();
  return fields.map(({ name, value }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { name: count === 1 ? name : `${name} (${count})`, value };
  });
}

/** The request as it came, as far as it is shown. */
export function rawOf(request: SeenRequest): string {
  const query = request.query === '' ? '' : `?${request.query}`;
  const head = [`${request.method} ${request.path}${query}`];
  head.push(...request.headers.map(({ name, value }) => `${name}: ${value}`));
  return request.body === null ? head.join('\n') : `${head.join('\n')}\n\n${request.body}`;
}
