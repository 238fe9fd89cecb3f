// Every question the UI asks the server, one function each.
import { fetchFile, get, patch, post, put, remove, send, type Answer, type Query } from './client';
import type * as R from './report-types';
import type * as T from './types';

// Start and session.
export const setupNeeded = () => get<{ needed: boolean }>('/setup');
export const setUp = (body: T.SetupRequest) => post<T.Me>('/setup', body);
export const signIn = (email: string, password: string) =>
  post<T.Me>('/sessions', { email, password });
export const signOut = () => remove('/sessions/current');
export const loadMe = () => get<T.Me>('/me');
export const editMe = (body: { name?: string; language?: T.Language }) => patch<T.Me>('/me', body);
export const changePassword = (current: string, next: string) =>
  post<void>('/me/password', { current, new: next });
export const listSessions = () => get<{ items: T.Session[] }>('/sessions');
export const endSession = (id: number) => remove(`/sessions/${id}`);
export const loadWorkspace = (): Promise<Answer<T.Workspace>> => send('GET', '/workspace');
export const editWorkspace = (body: Partial<T.Workspace>, etag?: string) =>
  send<T.Workspace>('PATCH', '/workspace', { body, etag });

// Collecting.
export const listSites = () => get<T.Page<T.Site>>('/sites', { limit: 200 });
export const loadSite = (id: number, signal?: AbortSignal) =>
  get<T.Site>(`/sites/${id}`, undefined, signal);
export const createSite = (body: Partial<T.Site>) => post<T.Site>('/sites', body);
export const editSite = (id: number, body: Partial<T.Site>, etag: string) =>
  patch<T.Site>(`/sites/${id}`, body, etag);
export const deleteSite = (id: number, etag: string) => remove(`/sites/${id}`, etag);
export const loadSnippet = (id: number) => get<T.Snippet>(`/sites/${id}/snippet`);
export const loadSiteStatus = (id: number, signal?: AbortSignal) =>
  get<T.SiteStatus>(`/sites/${id}/status`, undefined, signal);
export const listLinks = (query: Query = {}) =>
  get<T.Page<T.Link>>('/links', { limit: 200, ...query });
export const createLink = (body: Partial<T.Link>) => post<T.Link>('/links', body);
export const editLink = (id: number, body: Partial<T.Link>, etag: string) =>
  patch<T.Link>(`/links/${id}`, body, etag);
export const archiveLink = (id: number, etag: string) => remove(`/links/${id}`, etag);
export const listApiKeys = () => get<T.Page<T.ApiKey>>('/api-keys');
export const createApiKey = (name: string, scopes: T.Scope[]) =>
  post<T.ApiKey>('/api-keys', { name, scopes });
export const deleteApiKey = (id: number) => remove(`/api-keys/${id}`);

// Channels.
export const listChannels = () => get<T.Page<T.Channel>>('/channels', { limit: 200 });
export const createChannel = (body: Partial<T.Channel>) => post<T.Channel>('/channels', body);
export const editChannel = (id: number, body: Partial<T.Channel>, etag?: string) =>
  patch<T.Channel>(`/channels/${id}`, body, etag ?? '*');
export const deleteChannel = (id: number, etag?: string) => remove(`/channels/${id}`, etag ?? '*');
export const loadRules = () => get<T.ChannelRules>('/channel-rules');
export const saveRules = (rules: T.ChannelRule[], etag: string) =>
  put<T.ChannelRules>('/channel-rules', { rules }, etag);
export const previewRules = (rules: T.ChannelRule[]) =>
  post<T.RulesPreview>('/channel-rules/preview', { rules });
export const listRuleVersions = () => get<{ items: T.RulesVersion[] }>('/channel-rules/versions');
export const restoreRules = (version: number) =>
  post<T.ChannelRules>(`/channel-rules/versions/${version}/restore`);

// Money in.
export async function previewImport(
  kind: T.ImportKind,
  file: File,
  options?: T.ImportOptions,
): Promise<T.ImportPreview> {
  const form = new FormData();
  form.set('kind', kind);
  if (options !== undefined) form.set('options', JSON.stringify(options));
  form.set('file', file);
  return (await send<T.ImportPreview>('POST', '/imports/preview', { form })).data;
}
export const startImport = (
  kind: T.ImportKind,
  uploadId: number | string,
  options: T.ImportOptions,
) => post<T.Import>('/imports', { upload_id: uploadId, kind, options });
export const listImports = (query: Query = {}) => get<T.Page<T.Import>>('/imports', query);
export const loadImport = (id: number) => get<T.Import>(`/imports/${id}`);
export const listRejected = (id: number, cursor?: string) =>
  get<T.Page<T.RejectedRow>>(`/imports/${id}/rejected`, { cursor });
export const downloadRejected = (id: number) =>
  fetchFile('GET', `/imports/${id}/rejected`, { accept: 'text/csv' });
export const undoImport = (id: number) => post<T.Import>(`/imports/${id}/undo`);
export const listManualCosts = () => get<T.Page<T.ManualCost>>('/manual-costs', { limit: 200 });
export const createManualCost = (body: Partial<T.ManualCost>) =>
  post<T.ManualCost>('/manual-costs', body);
export const editManualCost = (id: number, body: Partial<T.ManualCost>, etag: string) =>
  patch<T.ManualCost>(`/manual-costs/${id}`, body, etag);
export const deleteManualCost = (id: number, etag: string) => remove(`/manual-costs/${id}`, etag);
export const listCosts = (query: Query, signal?: AbortSignal) =>
  get<T.Page<T.CostRow>>('/costs', query, signal);

// Leads and deals.
export const listLeads = (query: Query, signal?: AbortSignal) =>
  get<T.Page<T.Lead>>('/leads', query, signal);
export const loadLead = (id: number, signal?: AbortSignal) =>
  get<T.Lead>(`/leads/${id}`, undefined, signal);
export const setLeadStatus = (lead: T.Lead, status: T.LeadStatus) =>
  patch<T.Lead>(`/leads/${lead.id}`, { status }, lead.etag);
export const loadTimeline = (id: number, signal?: AbortSignal) =>
  get<{ items: T.TimelineItem[] }>(`/leads/${id}/timeline`, undefined, signal);
export const listDeals = (query: Query, signal?: AbortSignal) =>
  get<T.Page<T.Deal>>('/deals', query, signal);
export const loadDealStatuses = () => get<T.DealStatuses>('/deal-statuses');
export const saveDealStatuses = (items: { status: string; group: T.DealGroup }[], etag: string) =>
  put<T.DealStatuses>('/deal-statuses', { items }, etag);
export const listRates = (currency?: string) =>
  get<{ items: T.ExchangeRate[] }>('/exchange-rates', { currency });
export const saveRates = (items: T.ExchangeRate[]) =>
  put<{ items: T.ExchangeRate[] } | undefined>('/exchange-rates', { items });

// Numbers out.
export const loadCatalogue = (language: T.Language) =>
  get<R.Catalogue>('/reports/catalogue', { language });
export const runReport = (query: R.ReportQuery, signal?: AbortSignal) =>
  post<R.Report>('/reports/query', query, signal);
export const loadReportRows = (
  query: R.ReportQuery & { metric: string; row: Record<string, string | null>; cursor?: string },
  signal?: AbortSignal,
) => post<R.ReportRows>('/reports/rows', query, signal);
export const exportReport = (query: R.ReportQuery, format: R.ExportFormat) =>
  fetchFile('POST', '/reports/export', { body: { ...query, format }, accept: '*/*' });
export const listNotes = () => get<{ items: T.Note[] }>('/notes');
