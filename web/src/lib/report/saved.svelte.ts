// What people saved of reports: views, and segments to filter by.
import * as api from '../api/calls';
import type { SavedView, Segment, View, ViewScreen } from '../api/types';
import { go, location, replace, type Mode } from '../state/location.svelte';
import { pathOf } from '../router';
import { Resource } from '../state/resource.svelte';
import { report } from './state.svelte';
import { addressOf, LOOK_KEYS, VIEW_KEY } from './views';

class Saved {
  views = new Resource<{ items: SavedView[] }>();
  segments = new Resource<{ items: Segment[] }>();

  loadViews(): Promise<void> {
    return this.views.load(() => api.listSavedViews());
  }

  loadSegments(): Promise<void> {
    return this.segments.load(() => api.listSegments());
  }
}

export const saved = new Saved();

/** Shows a view: its address takes the place of the screen's own. */
export function openView({ id, view }: SavedView, mode: Mode): void {
  const search = addressOf(view);
  search.set(VIEW_KEY, String(id));
  const href = `${pathOf(view.screen)}?${search.toString()}`;
  if (mode === 'push') go(href);
  else replace(href);
}

/** What the screen shows now, to be saved. */
export function currentView(
  screen: ViewScreen,
  shown: { metrics: string[]; dimensions: string[] },
  depth: number,
): View {
  const { preset, days } = report;
  const look = LOOK_KEYS[screen].flatMap((key) => {
    const value = location.search.get(key);
    return value === null ? [] : [[key, value]];
  });
  const bucket = location.search.get('bucket');
  return {
    screen,
    period: preset === 'custom' ? { fixed: days } : { moving: preset },
    compare: report.compare,
    ...shown,
    depth,
    property: report.property,
    filters: report.filters,
    segments: report.segments,
    date_basis: report.basis,
    attribution: report.attribution,
    vat: report.vat,
    as_known_on: report.known,
    bucket: bucket === null ? undefined : report.bucket,
    // A column that is not shown sorts nothing.
    order:
      screen === 'reports' && report.sort && shown.metrics.includes(report.sort.by)
        ? report.sort
        : undefined,
    look: Object.fromEntries(look),
  };
}
