// What is written on a chart: where each annotation stands, and in which words.
import * as api from '../api/calls';
import type { Annotation } from '../api/types';
import { formatDay } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';
import type { Mark } from '../kit/chart-options';
import { Resource } from '../state/resource.svelte';
import { session } from '../state/session.svelte';
import type { Days } from './period';

/** A longer text would run over its neighbours; the whole of it is in the tip and the table. */
const LABEL_CHARS = 24;
/** As many as the server gives at a time. */
const PAGE_ROWS = 200;

/** The annotations of the period that is shown; a chart without them is still a chart. */
export class Annotations {
  readonly #resource = new Resource<{ items: Annotation[] }>();

  get items(): Annotation[] {
    return this.#resource.data?.items ?? [];
  }

  async load(days: Days): Promise<void> {
    if (!session.may('read_notes')) return;
    return this.#resource.load((signal) => everyPage(days, signal));
  }
}

/** A chart is not drawn with half of its marks. */
async function everyPage(days: Days, signal: AbortSignal): Promise<{ items: Annotation[] }> {
  const items: Annotation[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.listAnnotations({ ...days, cursor, limit: PAGE_ROWS }, signal);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return { items };
}

/** The words of one annotation. */
export function wordsOf(annotation: Annotation): string {
  const { kind, text } = annotation;
  if (kind === 'note') {
    return annotation.campaign === '' ? text : `${text} · ${annotation.campaign}`;
  }
  if (kind === 'rules') return t(text === '' ? 'annotation.rules' : 'annotation.rules.note', { text });
  return t(`annotation.${kind}`, { text });
}

/** One mark a bucket; what people said is written out, what the program did is only a line. */
export function marksOf(items: Annotation[], starts: string[], isHourly: boolean): Mark[] {
  const marks = new Map<number, Annotation[]>();
  for (const item of items) {
    const index = placeOf(item, starts, isHourly);
    if (index !== -1) marks.set(index, [...(marks.get(index) ?? []), item]);
  }
  return [...marks]
    .sort(([left], [right]) => left - right)
    .map(([index, there]) => {
      const said = there.filter((item) => item.kind === 'note');
      return {
        index,
        label: labelOf(said),
        lines: there.map((item) =>
          starts.length > 1 && item.day !== starts[index]?.slice(0, 10)
            ? `${formatDay(item.day, language())}: ${wordsOf(item)}`
            : wordsOf(item),
        ),
      };
    });
}

function labelOf(said: Annotation[]): string {
  const [first] = said;
  if (!first) return '';
  if (said.length > 1) return t('annotation.more', { count: said.length });
  const { text } = first;
  return text.length > LABEL_CHARS ? `${text.slice(0, LABEL_CHARS - 1).trimEnd()}…` : text;
}

/** The last bucket that begins no later; a whole day stands at its first hour. */
function placeOf(item: Annotation, starts: string[], isHourly: boolean): number {
  if (!isHourly) return starts.findLastIndex((start) => start.slice(0, 10) <= item.day);
  if (item.at === null) return starts.length === 0 ? -1 : 0;
  const at = Date.parse(item.at);
  return starts.findLastIndex((start) => Date.parse(start) <= at);
}
