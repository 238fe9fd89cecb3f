// The metrics and dimensions the mock knows, with enough words to see the screens.
import type { Catalogue, Metric } from '../src/lib/api/report-types';

export interface Totals {
  impressions: number;
  clicks: number;
  visits: number;
  leads: number;
  qualified: number;
  sales: number;
  spend: number;
  revenue: number;
  cost_of_goods: number;
}

export interface MockMetric extends Metric {
  numerator: (totals: Totals) => number;
  denominator?: (totals: Totals) => number;
  scale?: number;
}

type Row = [
  key: string, title: string, unit: Metric['unit'], direction: Metric['direction'], digits: number,
  group: string, formula: string, definition: string,
  numerator: (t: Totals) => number, denominator?: (t: Totals) => number, scale?: number,
];

const profit = (t: Totals): number => t.revenue - t.cost_of_goods;

const ROWS: Row[] = [
  ['spend', 'Spend', 'money', 'neutral', 0, 'Cost', 'Σ cost', 'Advertising cost without VAT, mark-up included.', (t) => t.spend],
  ['impressions', 'Impressions', 'count', 'up', 0, 'Traffic', 'Σ impressions', 'Times an advertisement was shown, as the platform reports it.', (t) => t.impressions],
  ['clicks', 'Clicks', 'count', 'up', 0, 'Traffic', 'Σ clicks', 'Clicks the platform charged for.', (t) => t.clicks],
  ['visits', 'Visits', 'count', 'up', 0, 'Traffic', 'Σ visits', 'Visits without bots; a visit ends after 30 minutes of silence.', (t) => t.visits],
  ['ctr', 'CTR', 'percent', 'up', 2, 'Traffic', 'clicks ÷ impressions', 'How many impressions became clicks.', (t) => t.clicks, (t) => t.impressions, 100],
  ['visit_rate', 'Click to visit', 'percent', 'up', 1, 'Traffic', 'visits ÷ clicks', 'How many clicks became visits.', (t) => t.visits, (t) => t.clicks, 100],
  ['cpc', 'CPC', 'money', 'down', 2, 'Cost', 'spend ÷ clicks', 'Cost of one click.', (t) => t.spend, (t) => t.clicks],
  ['leads', 'Leads', 'count', 'up', 0, 'Leads', 'Σ leads', 'Requests without spam and duplicates.', (t) => t.leads],
  ['qualified_leads', 'Qualified', 'count', 'up', 0, 'Leads', 'Σ qualified leads', 'Leads the sales desk accepted.', (t) => t.qualified],
  ['visit_to_lead', 'CR visit to lead', 'percent', 'up', 2, 'Leads', 'leads ÷ visits', 'How many visits left a lead.', (t) => t.leads, (t) => t.visits, 100],
  ['lead_to_qualified', 'CR lead to qualified', 'percent', 'up', 1, 'Leads', 'qualified ÷ leads', 'How many leads were accepted.', (t) => t.qualified, (t) => t.leads, 100],
  ['lead_to_sale', 'CR lead to sale', 'percent', 'up', 1, 'Leads', 'sales ÷ leads', 'How many leads became paid deals.', (t) => t.sales, (t) => t.leads, 100],
  ['cpl', 'CPL', 'money', 'down', 0, 'Cost', 'spend ÷ leads', 'Cost of one lead.', (t) => t.spend, (t) => t.leads],
  ['sales', 'Sales', 'count', 'up', 0, 'Money', 'Σ paid deals', 'Deals in a paid status; a fully refunded deal leaves.', (t) => t.sales],
  ['revenue', 'Revenue', 'money', 'up', 0, 'Money', 'Σ payments − refunds', 'Money received for deals, without VAT.', (t) => t.revenue],
  ['gross_profit', 'Gross profit', 'money', 'up', 0, 'Money', 'revenue − cost of goods', 'What is left of revenue after the goods are paid for.', profit],
  ['romi', 'ROMI', 'percent', 'up', 1, 'Money', '(gross profit − spend) ÷ spend', 'What each unit of spend brought back above itself.', (t) => profit(t) - t.spend, (t) => t.spend, 100],
  ['roas', 'ROAS', 'ratio', 'up', 2, 'Money', 'revenue ÷ spend', 'Revenue for each unit of spend.', (t) => t.revenue, (t) => t.spend],
  ['ad_cost_share', 'Ad cost share', 'percent', 'down', 1, 'Money', 'spend ÷ revenue', 'The part of revenue spent on advertising.', (t) => t.spend, (t) => t.revenue, 100],
  ['aov', 'Average order', 'money', 'up', 0, 'Money', 'revenue ÷ sales', 'Revenue of one sale.', (t) => t.revenue, (t) => t.sales],
];

export const METRICS: MockMetric[] = ROWS.map(
  ([key, title, unit, direction, digits, group, formula, definition, numerator, denominator, scale]) => ({
    key, title, short: title, unit, direction, digits, group, formula, definition,
    null_rule: denominator ? 'Not shown when the lower part is zero.' : '',
    numerator, denominator, scale,
  }),
);

const TITLES: Record<string, string> = {
  channel: 'Channel', source: 'Source', campaign: 'Campaign', ad_group: 'Ad group', ad: 'Ad',
  keyword: 'Keyword', device: 'Device', country: 'Country', landing_page: 'Landing page',
};

export const CATALOGUE: Catalogue = {
  metrics: METRICS.map(({ numerator: _n, denominator: _d, scale: _s, ...metric }) => metric),
  dimensions: Object.entries(TITLES).map(([key, title]) => ({
    key, title, definition: `${title} of the attributed touch.`,
    group: ['device', 'country', 'landing_page'].includes(key) ? 'Visit' : 'Traffic',
  })),
  hierarchy: ['channel', 'source', 'campaign', 'ad_group', 'ad', 'keyword'],
  date_bases: [
    { key: 'visit', title: 'visit date', definition: 'What this period’s visits brought in the end.' },
    { key: 'creation', title: 'creation date', definition: 'Leads and deals created in this period.' },
    { key: 'payment', title: 'payment date', definition: 'Money received in this period.' },
  ],
  attributions: [
    { key: 'last_non_direct', title: 'Last non-direct', definition: 'The last touch that was not a direct visit.' },
    { key: 'first', title: 'First touch', definition: 'The touch that first brought the person.' },
    { key: 'last', title: 'Last touch', definition: 'The touch right before, direct visits included.' },
  ],
};
