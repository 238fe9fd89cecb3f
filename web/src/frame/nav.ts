// The screens of the rail, in order.
import type { Permission } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import type { IconName } from '$lib/kit/icons';
import type { Route } from '$lib/router';
import { session } from '$lib/state/session.svelte';

const NAV_SCREENS = [
  'overview',
  'reports',
  'live',
  'leads',
  'deals',
  'analytics',
  'visits',
  'links',
  'costs',
  'sites',
  'channels',
  'settings',
] as const;
export type NavScreen = (typeof NAV_SCREENS)[number];

/** The rail's upper part is for looking; from here on it is for setting up. */
export const FIRST_OF_SET_UP: NavScreen = 'links';
const BOTTOM_BAR_SCREENS = 4;

/** What a screen cannot do without. */
const NEEDS: Partial<Record<NavScreen, Permission>> = {
  overview: 'read_reports',
  reports: 'read_reports',
  live: 'read_rows',
  leads: 'read_leads',
  deals: 'read_deals',
  analytics: 'read_reports',
  visits: 'read_rows',
  links: 'read_setup',
  costs: 'see_costs',
  sites: 'read_setup',
  channels: 'read_setup',
};

/** The screens that the person's role has, in order. */
export const navScreens = (): NavScreen[] => NAV_SCREENS.filter(isAllowed);
/** The first of them, which a phone shows at its foot. */
export const barScreens = (): NavScreen[] => navScreens().slice(0, BOTTOM_BAR_SCREENS);

function isAllowed(screen: NavScreen): boolean {
  const needed = NEEDS[screen];
  // The live stream knows no channels, so it is for who sees them all.
  if (screen === 'live' && session.workspace?.channels != null) return false;
  return needed === undefined || session.may(needed);
}

/** Whether the person's role has the screen, or the one that it belongs to. */
export function mayOpen(screen: string): boolean {
  const entry = NAV_SCREENS.find((each) => each === (PARENT[screen] ?? screen));
  return entry === undefined || isAllowed(entry) || screen.startsWith('import');
}

/** The documentation has a tab of its own, so that nobody leaves what they are at. */
export const readDocs = (): void => void window.open('/docs', '_blank', 'noopener');

export const titleOf = (screen: NavScreen): MessageKey => `nav.${screen}`;
export const iconOf = (screen: NavScreen): IconName => screen;

/** Which entry is lit while a screen below it is open. */
const PARENT: Partial<Record<string, NavScreen>> = {
  lead: 'leads',
  visitor: 'visits',
  site: 'sites',
  intake: 'sites',
  requests: 'sites',
  import: 'costs',
  importResult: 'costs',
};

/** Where files of a kind are begun from. */
const IMPORTS: Partial<Record<string, NavScreen>> = {
  leads: 'leads',
  deals: 'deals',
  payments: 'deals',
  history: 'sites',
};

/** The entry that is lit on a screen. */
export function litEntry({ screen, params }: Route): string {
  const imported = screen === 'import' ? IMPORTS[params.kind ?? ''] : undefined;
  return imported ?? PARENT[screen] ?? screen;
}
