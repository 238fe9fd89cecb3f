// The screens of the rail, in order.
import type { MessageKey } from '$lib/i18n/index.svelte';
import type { IconName } from '$lib/kit/icons';

export const NAV_SCREENS = [
  'overview',
  'reports',
  'live',
  'leads',
  'deals',
  'links',
  'costs',
  'sites',
  'channels',
  'settings',
] as const;
export type NavScreen = (typeof NAV_SCREENS)[number];

/** The rail's upper part is for looking, the lower part for setting up. */
export const RAIL_UPPER_SCREENS = 5;
export const BOTTOM_BAR_SCREENS: NavScreen[] = ['overview', 'reports', 'live', 'leads'];

export const titleOf = (screen: NavScreen): MessageKey => `nav.${screen}`;
export const iconOf = (screen: NavScreen): IconName => screen;

/** Which entry is lit while a screen below it is open. */
export const PARENT: Partial<Record<string, NavScreen>> = {
  lead: 'leads',
  site: 'sites',
  import: 'costs',
  importResult: 'costs',
};
