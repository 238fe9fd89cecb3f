// What a campaign, an ad group or an ad was called before, in words.
import type { FormerName } from '../api/report-types';
import { formatDay } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';

/** Nothing where there were no other names. */
export function formerlySentence(formerly: FormerName[] | undefined): string {
  if (!formerly || formerly.length === 0) return '';
  const names = formerly.map(({ name, until }) =>
    t('name.until', { name, day: formatDay(until, language(), 'long') }),
  );
  return t('name.formerly', { names: names.join(', ') });
}
