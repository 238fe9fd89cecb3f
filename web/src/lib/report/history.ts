// Days that another tool counted: where they stand on a chart, and what is to be said of them.
import type { Bucket, ReportHistory } from '../api/report-types';
import { formatRange } from '../i18n/format';
import { language, t, tOr } from '../i18n/index.svelte';
import type { Band } from '../kit/chart-options';

/** The buckets that hold such days. */
export function bandsOf(
  history: ReportHistory | undefined,
  starts: string[],
  bucket: Bucket,
): Band[] {
  if (!history || history.left_out !== null || bucket === 'hour') return [];
  const name = t('history.counted_by', { tools: toolsOf(history) });
  const bucketOf = (day: string): number =>
    Math.max(0, starts.findLastIndex((start) => start.slice(0, 10) <= day));
  const bands = history.stretches.map(({ from, to }) => ({
    from: bucketOf(from),
    to: bucketOf(to),
    name,
  }));
  // Two stretches may meet in one bucket.
  return bands.filter((band, index) => index === 0 || band.from > (bands[index - 1]?.to ?? -1));
}

/** What a reader should know of them. */
export function historyWords(history: ReportHistory): string {
  const [first] = history.stretches;
  const last = history.stretches.at(-1);
  const range = first && last ? formatRange(first.from, last.to, language()) : '';
  const told = { tools: toolsOf(history), range, count: history.days };
  if (history.left_out !== null) return t(`history.left_out.${history.left_out}`, told);
  return history.days === 0 ? t('history.compared', told) : t('history.counts', told);
}

const toolsOf = (history: ReportHistory): string =>
  history.tools.map((tool) => tOr(`history.tool.${tool}`, tool)).join(', ');
