// The metric and dimension catalogue in the chosen language, loaded once for each.
import * as api from '../api/calls';
import type { Catalogue, Dimension, Metric } from '../api/report-types';
import { language } from '../i18n/index.svelte';
import { Resource } from '../state/resource.svelte';

class CatalogueState {
  resource = new Resource<Catalogue>();
  #language: string | undefined;

  /** Loads the catalogue unless it is here already. */
  ensure(): void {
    const wanted = language();
    if (this.#language === wanted) return;
    this.#language = wanted;
    void this.resource
      .load(async () => seen(await api.loadCatalogue(wanted)))
      .then(() => {
        if (this.resource.error !== undefined) this.#language = undefined;
      });
  }

  /** Loads it again: a metric of the workspace's own was made, changed or removed. */
  forget(): void {
    this.#language = undefined;
    this.ensure();
  }

  get data(): Catalogue | undefined {
    return this.resource.data;
  }

  metric(key: string): Metric | undefined {
    return this.data?.metrics.find((each) => each.key === key);
  }

  dimension(key: string): Dimension | undefined {
    return this.data?.dimensions.find((each) => each.key === key);
  }

  /** Of these metrics, the ones this server knows, in the order asked. */
  known(keys: readonly string[]): string[] {
    return keys.filter((key) => this.metric(key) !== undefined);
  }
}

/** Without the metrics that the person's role does not see. */
const seen = (data: Catalogue): Catalogue => ({
  ...data,
  metrics: data.metrics.filter((metric) => !metric.hidden),
});

export const catalogue = new CatalogueState();

/** Metric keys the screens ask for by name. */
export const KPI_METRICS = ['cost', 'revenue', 'gross_profit', 'romi', 'cpl', 'sales'] as const;
/** The line of a metric is the same colour on every screen; others take what is left. */
const METRIC_COLOURS: Record<string, string> = { revenue: '--c0', cost: '--c5' };
const OTHER_COLOURS = ['--c0', '--c5', '--c1', '--c3'];

/** A colour for each line of a chart: a metric's own first, then the free ones in order. */
export function lineColours(metrics: readonly string[]): string[] {
  const free = OTHER_COLOURS.filter(
    (colour) => !metrics.some((key) => METRIC_COLOURS[key] === colour),
  );
  return metrics.map((key) => METRIC_COLOURS[key] ?? free.shift() ?? '--c9');
}
export const TABLE_METRICS = [
  'cost',
  'clicks',
  'leads',
  'cpl',
  'sales',
  'revenue',
  'romi',
] as const;
