// What a report shows, read from the address and written back to it.
import type { Bucket, DateBasis, Filter, ReportQuery, Vat } from '../api/report-types';
import { language } from '../i18n/index.svelte';
import { location, setQuery } from '../state/location.svelte';
import { session } from '../state/session.svelte';
import { parseFilter, writeFilter } from './address';
import * as period from './period';

const DEFAULT_PRESET: period.Preset = 'last_30';

/** Whether money is shown with VAT; the first is the usual. */
export const VATS: readonly Vat[] = ['net', 'gross'];

export interface Sort {
  by: string;
  direction: 'asc' | 'desc';
}

class ReportState {
  get today(): string {
    return period.todayIn(session.timeZone, new Date());
  }

  get preset(): period.Preset | 'custom' {
    if (period.isDay(this.#get('from')) && period.isDay(this.#get('to'))) return 'custom';
    return oneOf(this.#get('period'), period.PRESETS, DEFAULT_PRESET);
  }

  get days(): period.Days {
    const [from, to] = [this.#get('from'), this.#get('to')];
    if (period.isDay(from) && period.isDay(to))
      return from <= to ? { from, to } : { from: to, to: from };
    return period.resolve(oneOf(this.#get('period'), period.PRESETS, DEFAULT_PRESET), this.today);
  }

  get compare(): period.Compare {
    return oneOf(this.#get('compare'), period.COMPARES, 'previous');
  }

  get compareDays(): period.Days | undefined {
    return period.compareDays(this.days, this.compare, this.today);
  }

  get basis(): DateBasis {
    return oneOf(this.#get('basis'), ['visit', 'creation', 'payment'], 'visit');
  }

  get attribution(): string {
    return this.#get('attribution') ?? 'last_non_direct';
  }

  get vat(): Vat {
    return oneOf(this.#get('vat'), VATS, 'net');
  }

  /** The day at whose end the report stands; what was recorded later is left out. */
  get known(): string | undefined {
    const day = this.#get('known');
    return period.isDay(day) ? day : undefined;
  }

  /** What the period can be split by: a long one is not by hours, whatever was chosen before. */
  get buckets(): Bucket[] {
    return period.bucketsFor(this.days);
  }

  get bucket(): Bucket {
    return oneOf(this.#get('bucket'), this.buckets, period.bucketFor(this.days));
  }

  get filters(): Filter[] {
    return location.search.getAll('filter').flatMap(parseFilter);
  }

  /** Segments whose filters hold too, by number. */
  get segments(): number[] {
    const ids = location.search.getAll('segment').map(Number);
    return [...new Set(ids.filter((id) => Number.isSafeInteger(id)))];
  }

  /** Whether anything narrows what is counted. */
  get isFiltered(): boolean {
    return this.filters.length > 0 || this.segments.length > 0;
  }

  /** The property of events that is asked about. */
  get property(): string | undefined {
    return this.#get('property') ?? undefined;
  }

  get columns(): string[] | undefined {
    return this.#get('columns')
      ?.split(',')
      .filter((key) => key !== '');
  }

  get by(): string[] | undefined {
    return this.#get('by')
      ?.split(',')
      .filter((key) => key !== '');
  }

  get open(): string[] {
    return location.search.getAll('open');
  }

  get sort(): Sort | undefined {
    const text = this.#get('sort');
    if (text === null || text === '') return undefined;
    return text.startsWith('-')
      ? { by: text.slice(1), direction: 'desc' }
      : { by: text, direction: 'asc' };
  }

  setPreset(preset: period.Preset): void {
    setQuery({ period: preset, from: null, to: null });
  }

  setDays(days: period.Days): void {
    setQuery({ period: null, from: days.from, to: days.to });
  }

  setCompare(compare: period.Compare): void {
    setQuery({ compare: compare === 'previous' ? null : compare });
  }

  setVat(vat: string): void {
    setQuery({ vat: vat === 'net' ? null : vat });
  }

  setKnown(day: string): void {
    setQuery({ known: period.isDay(day) ? day : null });
  }

  setFilters(filters: Filter[]): void {
    setQuery({ filter: filters.map(writeFilter), open: null });
  }

  setSegments(ids: number[]): void {
    setQuery({ segment: ids.map(String), open: null });
  }

  /** Lets a segment stand for the filters that it was made of. */
  useSegment(...ids: number[]): void {
    setQuery({ filter: null, segment: [...this.segments, ...ids].map(String), open: null });
  }

  clearFilters(): void {
    setQuery({ filter: null, segment: null, open: null });
  }

  setSort(sort: Sort): void {
    setQuery({ sort: (sort.direction === 'desc' ? '-' : '') + sort.by }, 'replace');
  }

  setOpen(paths: string[]): void {
    setQuery({ open: paths }, 'replace');
  }

  /** What every query of the screen has in common. */
  base(): Omit<ReportQuery, 'metrics' | 'dimensions'> {
    return {
      property: this.property,
      filters: this.filters,
      segments: this.segments,
      period: this.days,
      compare: this.compareDays,
      date_basis: this.basis,
      attribution: this.attribution,
      vat: this.vat,
      as_known_on: this.known ?? null,
      language: language(),
    };
  }

  #get(key: string): string | null {
    return location.search.get(key);
  }
}

export const report = new ReportState();

function oneOf<T extends string>(text: string | null, known: readonly T[], fallback: T): T {
  return known.find((each) => each === text) ?? fallback;
}
