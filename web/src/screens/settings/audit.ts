// What an entry of the audit log tells, in lines, and which screen its object has.
import type { Act, ApiKey } from '$lib/api/types';
import { ACTS } from '$lib/api/types';

export const isAct = (name: string): name is Act => (ACTS as readonly string[]).includes(name);

/** `name: Spring → Summer`, `rows: 12`. */
export function detailLines(details: Record<string, unknown>): string[] {
  return Object.entries(details).map(([name, value]) => {
    const isPair = Array.isArray(value) && value.length === 2 && name !== 'scopes';
    return isPair
      ? `${name}: ${shown(value[0])} → ${shown(value[1])}`
      : `${name}: ${shown(value)}`;
  });
}

/** The screen of what such entries are about, where it has one. */
export function screenOf(act: string): 'lead' | 'site' | undefined {
  if (act.startsWith('lead')) return 'lead';
  return act.startsWith('site.') ? 'site' : undefined;
}

/** The keys to choose from; one that was revoked since is known by its number alone. */
export function keyChoices(keys: ApiKey[], chosen: string): { id: number; name: string }[] {
  const known = keys.map(({ id, name }) => ({ id, name }));
  const isGone = /^\d+$/.test(chosen) && !known.some(({ id }) => String(id) === chosen);
  return isGone ? [...known, { id: Number(chosen), name: '' }] : known;
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
