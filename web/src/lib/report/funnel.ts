// The way from impression to profit, and which rates say something between its steps.
import type { Cell, Filter } from '../api/report-types';

interface FunnelStep {
  metric: string;
  /** How many of the step before came here. */
  rate?: string;
  /** Only ads lead from a click to a visit; other visits came without one. */
  adsOnly?: true;
}

export const FUNNEL_STEPS: readonly FunnelStep[] = [
  { metric: 'impressions' },
  { metric: 'clicks', rate: 'ctr' },
  { metric: 'visits', rate: 'cr_click_visit', adsOnly: true },
  { metric: 'leads', rate: 'cr_visit_lead' },
  { metric: 'qualified_leads', rate: 'qualified_rate' },
  { metric: 'sales', rate: 'cr_lead_sale' },
  { metric: 'gross_profit' },
];

/** Traffic of ads, whatever channels the workspace puts it into. */
export const ADS_FILTER: Filter = {
  dimension: 'default_channel',
  op: 'starts_with',
  values: ['paid_', 'display'],
};

/** Above a hundred percent the step is no part of the one before, and its rate says nothing. */
export function isShare(cell: Cell): boolean {
  return cell.value !== null && Number(cell.value) <= 100;
}
