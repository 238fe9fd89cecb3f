// Why a source was not read, in words.
import type { ImportRun } from '$lib/api/types';
import { tOr } from '$lib/i18n/index.svelte';

export function whyNotRead({ code, detail }: Pick<ImportRun, 'code' | 'detail'>): string {
  const names = detail;
  const otherwise = tOr(`error.code.${code}`, detail);
  return tOr(`sources.why.${code}`, tOr(`import.refused.${code}`, otherwise, { names }), { detail });
}
