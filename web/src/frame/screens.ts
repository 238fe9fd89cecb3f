// Each screen is a chunk of its own, fetched when first opened.
import type { Component } from 'svelte';
import type { Route } from '$lib/router';

type Loaded = Promise<{ default: Component }>;

const LOADERS: Partial<Record<Route['screen'], () => Loaded>> = {
  overview: () => import('../screens/overview/Overview.svelte'),
  reports: () => import('../screens/reports/Reports.svelte'),
  live: () => import('../screens/live/Live.svelte'),
  leads: () => import('../screens/leads/Leads.svelte'),
  lead: () => import('../screens/leads/LeadPage.svelte'),
  deals: () => import('../screens/Deals.svelte'),
  analytics: () => import('../screens/analytics/Analytics.svelte'),
  visits: () => import('../screens/visits/Visits.svelte'),
  visitor: () => import('../screens/visits/Visitor.svelte'),
  links: () => import('../screens/links/Links.svelte'),
  costs: () => import('../screens/costs/Costs.svelte'),
  import: () => import('../screens/imports/ImportPage.svelte'),
  importResult: () => import('../screens/imports/ImportResultPage.svelte'),
  sites: () => import('../screens/sites/Sites.svelte'),
  site: () => import('../screens/sites/SitePage.svelte'),
  requests: () => import('../screens/sites/Requests.svelte'),
  intake: () => import('../screens/intake/Intake.svelte'),
  channels: () => import('../screens/channels/Channels.svelte'),
  settings: () => import('../screens/settings/Settings.svelte'),
};

const opened = new Map<Route['screen'], Loaded>();

/** The same promise for the same screen, so that moving within one does not rebuild it. */
export function openScreen(screen: Route['screen']): Loaded | undefined {
  // Signing in from its own address leads to the Overview.
  const wanted = screen === 'signIn' || screen === 'setup' ? 'overview' : screen;
  const known = opened.get(wanted);
  if (known) return known;
  const loading = LOADERS[wanted]?.();
  if (loading) {
    opened.set(wanted, loading);
    loading.catch(() => opened.delete(wanted));
  }
  return loading;
}
