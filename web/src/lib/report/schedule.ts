// When something that is sent on a schedule is sent, in words.
import type { ScheduleEvery } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';

/** The name of a day of the week; 1 is Monday. */
export function weekdayName(day: number, language: string): string {
  // The first day of 2024 was a Monday.
  const date = new Date(Date.UTC(2024, 0, day));
  const locale = language === 'en' ? 'en-GB' : language;
  return new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(date);
}

/** When its turns are. */
export function turnOf(
  each: { every: ScheduleEvery; on_day: number; at_minute: number },
  language: string,
): string {
  const at = clockOf(each.at_minute);
  if (each.every === 'day') return t('schedule.when.day', { at });
  if (each.every === 'month') return t('schedule.when.month', { day: each.on_day, at });
  return `${weekdayName(each.on_day, language)}, ${at}`;
}

/** Minutes after midnight as a clock shows them. */
export function clockOf(minute: number): string {
  const part = (number: number): string => String(number).padStart(2, '0');
  return `${part(Math.floor(minute / 60))}:${part(minute % 60)}`;
}
