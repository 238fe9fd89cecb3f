// Which screen an address means, and the address of a screen.

const PATHS = {
  overview: '/',
  reports: '/reports',
  live: '/live',
  leads: '/leads',
  lead: '/leads/:id',
  deals: '/deals',
  analytics: '/analytics',
  visits: '/visits',
  visitor: '/visitors/:id',
  links: '/links',
  costs: '/costs',
  import: '/imports/new/:kind',
  importResult: '/imports/:id',
  sites: '/sites',
  site: '/sites/:id',
  requests: '/sites/:id/requests',
  intake: '/intake',
  channels: '/channels',
  settings: '/settings',
  signIn: '/sign-in',
  providerReturn: '/sign-in/provider',
  join: '/join',
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
  shared: '/shared',
  setup: '/setup',
  gallery: '/gallery',
} as const;

export type ScreenName = keyof typeof PATHS;

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { [K in Name]: string } & ParamsOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? { [K in Name]: string }
    : unknown;

export type ScreenParams<Name extends ScreenName> = ParamsOf<(typeof PATHS)[Name]>;

export interface Route {
  screen: ScreenName | 'notFound';
  params: Record<string, string>;
}

/** The query keys that say what a report shows; they stay as you move between screens. */
export const REPORT_KEYS = [
  'period',
  'from',
  'to',
  'compare',
  'basis',
  'attribution',
  'vat',
  'known',
  'filter',
  'segment',
  'property',
  'columns',
  'by',
  'open',
  'sort',
  'bucket',
  'changes',
] as const;

export function match(pathname: string): Route {
  const parts = split(pathname);
  for (const [screen, path] of Object.entries(PATHS)) {
    const params = matchParts(split(path), parts);
    if (params !== undefined) return { screen: screen as ScreenName, params };
  }
  return { screen: 'notFound', params: {} };
}

export function pathOf<Name extends ScreenName>(
  screen: Name,
  params: ScreenParams<Name> = {} as ScreenParams<Name>,
): string {
  const values = params as Record<string, string>;
  return PATHS[screen].replace(/:(\w+)/g, (_whole, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}

export function isScreen(name: string): name is ScreenName {
  return Object.hasOwn(PATHS, name);
}

/** What of a query is carried to another screen. */
export function reportPart(search: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const key of REPORT_KEYS) {
    for (const value of search.getAll(key)) kept.append(key, value);
  }
  return kept;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function matchParts(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = parts[index] ?? '';
    const value = expected.startsWith(':') ? decoded(actual) : actual;
    if (value === undefined) return undefined;
    if (expected.startsWith(':')) params[expected.slice(1)] = value;
    else if (expected !== value) return undefined;
  }
  return params;
}

/** Nothing where the address is broken: no screen has such a name. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
