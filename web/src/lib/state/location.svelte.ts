// Where the user is: the address bar as reactive state, and the ways to move.
import { match, pathOf, reportPart, type ScreenName, type ScreenParams } from '../router';

const here = $state({ path: window.location.pathname, search: window.location.search });
const route = $derived(match(here.path));
const search = $derived(new URLSearchParams(here.search));

window.addEventListener('popstate', read);

export const location = {
  get path(): string {
    return here.path;
  },
  get route() {
    return route;
  },
  get search(): URLSearchParams {
    return search;
  },
};

/** The address of a screen, with the report's state carried along. */
export function hrefOf<Name extends ScreenName>(
  screen: Name,
  params: ScreenParams<Name> = {} as ScreenParams<Name>,
  query: Record<string, string> = {},
): string {
  const kept = reportPart(search);
  for (const [key, value] of Object.entries(query)) kept.set(key, value);
  const text = kept.toString();
  return pathOf(screen, params) + (text === '' ? '' : `?${text}`);
}

export function go(href: string): void {
  window.history.pushState(null, '', href);
  read();
  window.scrollTo(0, 0);
}

export function replace(href: string): void {
  window.history.replaceState(null, '', href);
  read();
}

/** Changes query keys of this screen; `null` removes one, a list repeats it. */
export function setQuery(
  changes: Record<string, string | string[] | null>,
  mode: Mode = 'push',
): void {
  const next = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    next.delete(key);
    const values = value === null ? [] : Array.isArray(value) ? value : [value];
    for (const each of values) next.append(key, each);
  }
  const text = next.toString();
  const href = here.path + (text === '' ? '' : `?${text}`);
  if (mode === 'push') window.history.pushState(null, '', href);
  else window.history.replaceState(null, '', href);
  read();
}

export type Mode = 'push' | 'replace';

/** Makes plain left clicks on inner links move without a page load. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = (event.target as Element | null)?.closest('a');
  if (!anchor || anchor.target !== '' || anchor.hasAttribute('download')) return;
  if (anchor.origin !== window.location.origin || !anchor.hasAttribute('href')) return;
  if (match(anchor.pathname).screen === 'notFound') return;
  event.preventDefault();
  go(anchor.pathname + anchor.search);
}

function read(): void {
  here.path = window.location.pathname;
  here.search = window.location.search;
}
