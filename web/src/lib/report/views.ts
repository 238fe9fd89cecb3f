// Saved views as addresses: what a screen's address says when it shows one.
import type { SavedView, View, ViewScreen } from '../api/types';
import { REPORT_KEYS } from '../router';
import { writeFilter } from './address';

/** What each screen keeps in its address beside the question. */
export const LOOK_KEYS: Record<ViewScreen, readonly string[]> = {
  reports: ['changes', 'chart', 'line'],
  analytics: ['chart', 'sources', 'pages', 'places', 'devices', 'events', 'away'],
};

/** The address's key that names the view that was opened. */
export const VIEW_KEY = 'view';

const keysOf = (screen: ViewScreen): string[] => [
  ...new Set<string>([...REPORT_KEYS, ...LOOK_KEYS[screen]]),
];

/** The whole state of the screen that shows the view. */
export function addressOf(view: View): URLSearchParams {
  const search = new URLSearchParams();
  const put = (key: string, value: string | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '') search.append(key, value);
  };
  if ('moving' in view.period) put('period', view.period.moving);
  else {
    put('from', view.period.fixed.from);
    put('to', view.period.fixed.to);
  }
  if (view.compare !== 'previous') put('compare', view.compare);
  if (view.date_basis !== 'visit') put('basis', view.date_basis);
  if (view.attribution !== 'last_non_direct') put('attribution', view.attribution);
  if (view.vat !== 'net') put('vat', view.vat);
  put('known', view.as_known_on);
  for (const filter of view.filters ?? []) {
    put('filter', writeFilter({ ...filter, values: filter.values ?? [] }));
  }
  for (const id of view.segments ?? []) put('segment', String(id));
  put('property', view.property);
  if (view.screen === 'reports') {
    put('columns', view.metrics.join(','));
    put('by', (view.dimensions ?? []).join(','));
  }
  if (view.order) {
    put('sort', (view.order.direction === 'asc' ? '' : '-') + view.order.by);
  }
  put('bucket', view.bucket);
  for (const key of LOOK_KEYS[view.screen]) put(key, view.look?.[key]);
  return search;
}

/** Whether an address says nothing of what the screen shows. */
export const isBare = (screen: ViewScreen, search: URLSearchParams): boolean =>
  keysOf(screen).every((key) => !search.has(key));

/** Whether the screen still shows the view as it was saved. */
export function isShown(view: View, search: URLSearchParams): boolean {
  const written = addressOf(view);
  // Which places are open is nothing that a view keeps.
  const keys = keysOf(view.screen).filter((key) => key !== 'open');
  return keys.every((key) => String(search.getAll(key)) === String(written.getAll(key)));
}

/** What a screen opens with: one's own default comes before everybody's. */
export function defaultOf(
  views: readonly SavedView[],
  screen: ViewScreen,
): SavedView | undefined {
  const defaults = views.filter((each) => each.is_default && each.view.screen === screen);
  return defaults.find((each) => !each.is_shared) ?? defaults[0];
}
