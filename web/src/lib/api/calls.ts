// Every question the UI asks the server, one function each.
import { fetchFile, get, patch, post, postOnce, put, remove, send } from './client';
import type { QueryOf } from './operations';
import type * as R from './report-types';
import type * as T from './types';

// Start and session.
export const setupNeeded = () => get('/setup');
export const setUp = (body: T.SetupRequest) => post('/setup', { body });
export const signIn = (email: string, password: string, code?: string) =>
  post('/sessions', { body: { email, password, code } });
export const prove = (password: string, code?: string) =>
  post('/sessions/proof', { body: { password, code } });
export const beginPasskeyProof = () => post('/sessions/proof/challenge');
export const proveByPasskey = (passkey: T.PasskeyAnswer['passkey']) =>
  post('/sessions/proof', { body: { passkey } });
export const beginPasskeySignIn = () => post('/sessions/passkey/challenge');
export const signInByPasskey = (passkey: T.PasskeyAnswer['passkey']) =>
  post('/sessions/passkey', { body: { passkey } });
export const beginProviderSignIn = (invitation?: string) =>
  post('/sessions/provider/challenge', { body: { invitation } });
export const signInByProvider = (provider: T.ProviderReturn) =>
  post('/sessions/provider', { body: { provider } });
export const finishProviderSignIn = (second_factor: string) =>
  post('/sessions/provider', { body: { second_factor } });
export const beginProviderProof = () => post('/sessions/proof/provider');
export const proveByProvider = (provider: T.ProviderReturn) =>
  post('/sessions/proof', { body: { provider } });
export const listProviderLinks = () => get('/me/provider-links');
export const beginProviderLink = () => post('/me/provider-links/challenge');
export const addProviderLink = (body: T.ProviderReturn) => post('/me/provider-links', { body });
export const removeProviderLink = (id: number) =>
  remove('/me/provider-links/{id}', { path: { id } });
export const listPasskeys = () => get('/me/passkeys');
export const beginPasskey = () => post('/me/passkeys/challenge');
export const addPasskey = (name: string, passkey: T.PasskeyAnswer['passkey']) =>
  post('/me/passkeys', { body: { name, passkey } });
export const renamePasskey = (id: number, name: string, etag: string) =>
  patch('/me/passkeys/{id}', { path: { id }, body: { name }, etag });
export const removePasskey = (id: number, etag: string) =>
  remove('/me/passkeys/{id}', { path: { id }, etag });
export const signOut = () => remove('/sessions/current');
export const loadMe = () => get('/me');
export const editMe = (body: { name?: string; language?: T.Language }, etag: string) =>
  patch('/me', { body, etag });
export const changePassword = (current: string, next: string) =>
  post('/me/password', { body: { current, new: next } });
export const loadSecondFactor = () => get('/me/second-factor');
export const beginSecondFactor = (password: string) =>
  post('/me/second-factor', { body: { password } });
export const confirmSecondFactor = (code: string) =>
  post('/me/second-factor/confirm', { body: { code } });
export const renewRecoveryCodes = (password: string, code?: string) =>
  post('/me/second-factor/recovery-codes', { body: { password, code } });
export const endSecondFactor = (password: string, code?: string) =>
  post('/me/second-factor/off', { body: { password, code } });
export const listSessions = (cursor?: string) => get('/sessions', { query: { cursor } });
export const endSession = (id: number) => remove('/sessions/{id}', { path: { id } });
export const loadWorkspace = () => send('get', '/workspace');
export const editWorkspace = (body: T.WorkspacePatch, etag: string) =>
  send('patch', '/workspace', { body, etag });
export const addWorkspace = (body: T.WorkspaceBody) => postOnce('/workspaces', { body });

// Collecting.
export const listSites = () => get('/sites');
export const loadIntakeLog = (query: QueryOf<'get', '/intake'>, signal?: AbortSignal) =>
  get('/intake', { query, signal });
export const loadSite = (id: number, signal?: AbortSignal) =>
  get('/sites/{id}', { path: { id }, signal });
export const createSite = (body: T.SiteBody) => postOnce('/sites', { body });
export const editSite = (id: number, body: T.SitePatch, etag: string) =>
  patch('/sites/{id}', { path: { id }, body, etag });
export const deleteSite = (id: number, etag: string) =>
  remove('/sites/{id}', { path: { id }, etag });
export const watchSite = (id: number, minutes: number) =>
  put('/sites/{id}/watch', { path: { id }, body: { minutes } });
export const loadSnippet = (id: number) => get('/sites/{id}/snippet', { path: { id } });
export const loadSiteStatus = (id: number, signal?: AbortSignal) =>
  get('/sites/{id}/status', { path: { id }, signal });
export const listLinks = (query: QueryOf<'get', '/links'> = {}) =>
  get('/links', { query: { limit: 200, ...query } });
export const createLink = (body: T.LinkBody) => postOnce('/links', { body });
export const editLink = (id: number, body: T.LinkPatch, etag: string) =>
  patch('/links/{id}', { path: { id }, body, etag });
export const archiveLink = (id: number, etag: string) =>
  remove('/links/{id}', { path: { id }, etag });
export const listApiKeys = (cursor?: string) => get('/api-keys', { query: { cursor } });
export const createApiKey = (body: T.ApiKeyBody) => postOnce('/api-keys', { body });
export const listServiceAccounts = () => get('/service-accounts');
export const createServiceAccount = (body: T.ServiceAccountBody) =>
  postOnce('/service-accounts', { body });
export const editServiceAccount = (
  { id, etag }: T.ServiceAccount,
  body: T.ServiceAccountPatch,
) => patch('/service-accounts/{id}', { path: { id }, body, etag });
export const deleteServiceAccount = ({ id, etag }: T.ServiceAccount) =>
  remove('/service-accounts/{id}', { path: { id }, etag });
export const createSigningSecret = (id: number) =>
  postOnce('/api-keys/{id}/signing-secret', { path: { id } });
export const deleteApiKey = (id: number) => remove('/api-keys/{id}', { path: { id } });

// Back-ups.
export const loadBackups = () => get('/backups');
export const makeBackup = () => post('/backups');

// Webhooks.
export const listWebhooks = (cursor?: string) => get('/webhooks', { query: { cursor } });
export const createWebhook = (body: T.WebhookBody) => postOnce('/webhooks', { body });
export const updateWebhook = ({ id, etag }: T.Webhook, body: T.WebhookBody) =>
  patch('/webhooks/{id}', { path: { id }, body, etag });
export const switchWebhook = ({ id, etag }: T.Webhook, enabled: boolean) =>
  patch('/webhooks/{id}', { path: { id }, body: { enabled }, etag });
export const deleteWebhook = ({ id, etag }: T.Webhook) =>
  remove('/webhooks/{id}', { path: { id }, etag });
export const replaceWebhookSecret = (id: number) =>
  postOnce('/webhooks/{id}/secret', { path: { id } });
export const testWebhook = (id: number) => postOnce('/webhooks/{id}/test', { path: { id } });
export const listDeliveries = (id: number, cursor?: string) =>
  get('/webhooks/{id}/deliveries', { path: { id }, query: { cursor } });
export const replayDelivery = (id: number, delivery: number) =>
  postOnce('/webhooks/{id}/deliveries/{delivery}/replay', { path: { id, delivery } });

// People.
export const listMembers = () => get('/members');
/** With the channels that they are to see, where these change with the role. */
export const changeRole = ({ user_id, etag }: T.Member, role: T.Role, channels?: number[]) =>
  patch('/members/{user_id}', { path: { user_id }, body: { role, channels }, etag });
/** Whose leads and deals, and which channels, a member sees; `null` for the role's, or all. */
export const changeReach = (
  { user_id, etag }: T.Member,
  body: { reach?: T.ReachName | null; channels?: number[] | null },
) => patch('/members/{user_id}', { path: { user_id }, body, etag });
export const listTeams = () => get('/teams');
export const createTeam = (body: T.TeamBody) => postOnce('/teams', { body });
export const editTeam = ({ id, etag }: T.Team, body: T.TeamBody) =>
  patch('/teams/{id}', { path: { id }, body, etag });
export const deleteTeam = ({ id, etag }: T.Team) => remove('/teams/{id}', { path: { id }, etag });
export const removeMember = ({ user_id, etag }: T.Member) =>
  remove('/members/{user_id}', { path: { user_id }, etag });
export const rescueMember = ({ user_id }: T.Member) =>
  remove('/members/{user_id}/second-factor', { path: { user_id } });
export const listInvitations = () => get('/invitations');
export const invite = (email: string, role: T.Role, channels?: number[]) =>
  postOnce('/invitations', { body: { email, role, channels } });
export const sendInvitation = (id: number) => post('/invitations/{id}/send', { path: { id } });
export const revokeInvitation = (id: number) => remove('/invitations/{id}', { path: { id } });
export const previewInvitation = (secret: string) =>
  post('/invitations/preview', { body: { secret } });
export const redeemInvitation = (body: T.Joining) => post('/invitations/redeem', { body });
export const askForReset = (email: string) => post('/password-resets', { body: { email } });
export const redeemReset = (secret: string, password: string) =>
  post('/password-resets/redeem', { body: { secret, password } });
/** The person's own address, or, with their password, the one to take its place. */
export const askForVerification = (body: { email?: string; password?: string }) =>
  post('/me/email', { body });
export const redeemVerification = (secret: string) =>
  post('/email-verifications/redeem', { body: { secret } });
export const listRoles = () => get('/roles');

// Channels.
export const listChannels = () => get('/channels');
export const createChannel = (body: T.ChannelBody) => postOnce('/channels', { body });
export const editChannel = (id: number, body: T.ChannelPatch, etag: string) =>
  patch('/channels/{id}', { path: { id }, body, etag });
/** Rules that fill it go to another channel. */
export const deleteChannel = (id: number, etag: string, rulesTo?: number) =>
  remove('/channels/{id}', { path: { id }, query: { rules_to: rulesTo }, etag });
export const loadRules = () => get('/channel-rules');
export const saveRules = (rules: T.ChannelRule[], etag: string) =>
  put('/channel-rules', { body: { rules }, etag });
export const previewRules = (rules: T.ChannelRule[]) =>
  post('/channel-rules/preview', { body: { rules } });
export const listRuleVersions = (cursor?: string) =>
  get('/channel-rules/versions', { query: { cursor } });
export const restoreRules = (version: number) =>
  postOnce('/channel-rules/versions/{version}/restore', { path: { version } });

// Money in.
export async function previewImport(
  kind: T.ImportKind,
  file: File,
  options?: T.ImportOptions,
): Promise<T.ImportPreview> {
  // What somebody decided goes before what was decided for an earlier file.
  const mapping = options === undefined ? 'latest' : undefined;
  return post('/imports/preview', { form: previewForm(kind, { file }, options, mapping) });
}
/** Other options for a file that the server has. */
export async function previewAgain(
  kind: T.ImportKind,
  uploadId: number,
  options: Partial<T.ImportOptions>,
  signal: AbortSignal,
  mapping?: string,
): Promise<T.ImportPreview> {
  const form = previewForm(kind, { upload_id: String(uploadId) }, options, mapping);
  return post('/imports/preview', { form, signal });
}
function previewForm(
  kind: T.ImportKind,
  of: Record<string, string | File>,
  options?: Partial<T.ImportOptions>,
  mapping?: string,
): FormData {
  const form = new FormData();
  form.set('kind', kind);
  if (mapping !== undefined) form.set('mapping', mapping);
  if (options !== undefined) form.set('options', JSON.stringify(options));
  for (const [name, value] of Object.entries(of)) form.set(name, value);
  return form;
}
export const startImport = (kind: T.ImportKind, uploadId: number, options: T.ImportOptions) =>
  postOnce('/imports', { body: { upload_id: uploadId, kind, options } });
export const listImportMappings = () => get('/import-mappings');
export const createImportMapping = (body: T.ImportMappingBody) =>
  postOnce('/import-mappings', { body });
export const editImportMapping = (
  { id, etag }: T.ImportMapping,
  body: T.ImportMappingPatch,
) => patch('/import-mappings/{id}', { path: { id }, body, etag });
export const deleteImportMapping = ({ id, etag }: T.ImportMapping) =>
  remove('/import-mappings/{id}', { path: { id }, etag });
export const listImportSources = () => get('/import-sources');
export const createImportSource = (body: T.ImportSourceBody) =>
  postOnce('/import-sources', { body });
export const editImportSource = ({ id, etag }: T.ImportSource, body: T.ImportSourcePatch) =>
  patch('/import-sources/{id}', { path: { id }, body, etag });
export const deleteImportSource = ({ id, etag }: T.ImportSource) =>
  remove('/import-sources/{id}', { path: { id }, etag });
export const readImportSource = (id: number) =>
  postOnce('/import-sources/{id}/read', { path: { id } });
export const listImportRuns = (id: number, cursor?: string) =>
  get('/import-sources/{id}/runs', { path: { id }, query: { cursor } });
export const listImports = (query: QueryOf<'get', '/imports'> = {}) => get('/imports', { query });
export const loadImport = (id: number) => get('/imports/{id}', { path: { id } });
export const listRejected = (id: number, cursor?: string) =>
  get('/imports/{id}/rejected', { path: { id }, query: { cursor } });
export const downloadRejected = (id: number) =>
  fetchFile('get', '/imports/{id}/rejected', { path: { id }, accept: 'text/csv' });
export const listKept = (id: number, cursor?: string) =>
  get('/imports/{id}/kept', { path: { id }, query: { cursor } });
export const undoImport = (id: number) => postOnce('/imports/{id}/undo', { path: { id } });
export const cancelImport = (id: number) => postOnce('/imports/{id}/cancel', { path: { id } });
export const listManualCosts = (cursor?: string) => get('/manual-costs', { query: { cursor } });
export const createManualCost = (body: T.ManualCostBody) => postOnce('/manual-costs', { body });
export const editManualCost = (id: number, body: T.ManualCostPatch, etag: string) =>
  patch('/manual-costs/{id}', { path: { id }, body, etag });
export const deleteManualCost = (id: number, etag: string) =>
  remove('/manual-costs/{id}', { path: { id }, etag });
export const listCosts = (query: QueryOf<'get', '/costs'>, signal?: AbortSignal) =>
  get('/costs', { query, signal });

// Leads and deals.
export const listLeads = (query: QueryOf<'get', '/leads'>, signal?: AbortSignal) =>
  get('/leads', { query, signal });
export const loadLead = (id: number, signal?: AbortSignal) =>
  get('/leads/{id}', { path: { id }, signal });
export const setLeadStatus = (lead: T.Lead, status: T.LeadStatus) =>
  patch('/leads/{id}', { path: { id: lead.id }, body: { status }, etag: lead.etag });
/** The lead is what it was before one's own last word on its status. */
export const takeLeadStatusBack = (lead: T.Lead) =>
  patch('/leads/{id}', { path: { id: lead.id }, body: { status: null }, etag: lead.etag });
export const assignLead = ({ id, etag }: T.Lead, assignee_id: number | null) =>
  put('/leads/{id}/assignee', { path: { id }, body: { assignee_id }, etag });
export const assignDeal = ({ id, etag }: T.Deal, assignee_id: number | null) =>
  put('/deals/{id}/assignee', { path: { id }, body: { assignee_id }, etag });
export const loadTimeline = (id: number, signal?: AbortSignal) =>
  get('/leads/{id}/timeline', { path: { id }, signal });
export const listDeals = (query: QueryOf<'get', '/deals'>, signal?: AbortSignal) =>
  get('/deals', { query, signal });
export const sumDeals = (query: QueryOf<'get', '/deals/sums'>, signal?: AbortSignal) =>
  get('/deals/sums', { query, signal });
export const listDealPayments = (id: number, signal?: AbortSignal) =>
  get('/deals/{id}/payments', { path: { id }, signal });
export const loadDealStatuses = () => get('/deal-statuses');
export const saveDealStatuses = (items: { status: string; group: T.DealGroup }[], etag: string) =>
  put('/deal-statuses', { body: { items }, etag });
export const listRates = (cursor?: string, currency?: string) =>
  get('/exchange-rates', { query: { cursor, currency } });
export const saveRates = (items: T.ExchangeRate[], etag: string) =>
  put('/exchange-rates', { body: { items }, etag });
/** A bank's file, and what of it is wanted. */
export async function readRates(
  file: File,
  wanted: { currencies?: string; from?: string; to?: string },
  signal?: AbortSignal,
): Promise<T.RatesFile> {
  const form = new FormData();
  for (const [name, value] of Object.entries(wanted)) if (value) form.set(name, value);
  form.set('file', file);
  return post('/exchange-rates/read', { form, signal });
}
export const deleteRate = ({ date, from, to }: T.ExchangeRate, etag: string) =>
  remove('/exchange-rates', { query: { date, from, to }, etag });
export const previewConversion = (body: T.ConversionBody) =>
  post('/exchange-rates/convert/preview', { body });
export const convertAgain = (body: T.ConversionBody, etag: string) =>
  post('/exchange-rates/convert', { body, etag });

// Conversions told to ad platforms.
export const listConversionTargets = (cursor?: string) =>
  get('/conversion-targets', { query: { cursor } });
export const createConversionTarget = (body: T.ConversionTargetBody) =>
  postOnce('/conversion-targets', { body });
export const editConversionTarget = (id: number, body: T.ConversionTargetPatch, etag: string) =>
  patch('/conversion-targets/{id}', { path: { id }, body, etag });
export const deleteConversionTarget = (id: number, etag: string) =>
  remove('/conversion-targets/{id}', { path: { id }, etag });
export const previewConversions = (
  id: number,
  body: T.ConversionPreviewBody,
  signal?: AbortSignal,
) => post('/conversion-targets/{id}/preview', { path: { id }, body, signal });
export const exportConversions = (id: number, body: T.ConversionExportBody) =>
  postOnce('/conversion-targets/{id}/batches', { path: { id }, body });
export const listConversionBatches = (cursor?: string) =>
  get('/conversion-batches', { query: { cursor } });
export const markConversionBatch = (id: number, state: string, etag: string) =>
  patch('/conversion-batches/{id}', { path: { id }, body: { state }, etag });
export const listConversionRows = (id: number, cursor?: string) =>
  get('/conversion-batches/{id}/rows', { path: { id }, query: { cursor } });
export const downloadConversions = (id: number) =>
  fetchFile('get', '/conversion-batches/{id}/file', { path: { id }, accept: '*/*' });

// Numbers out.
export const loadCatalogue = (language: T.Language) =>
  get('/reports/catalogue', { query: { language } });
export const runReport = (query: R.ReportQuery, signal?: AbortSignal) =>
  post('/reports/query', { body: query, signal });
export const listVisits = (body: T.VisitsQuery, signal?: AbortSignal) =>
  post('/visits/query', { body, signal });
export const loadVisitorTimeline = (visitor: string, signal?: AbortSignal) =>
  get('/visitors/{visitor}/timeline', { path: { visitor }, signal });
export const loadReportRows = (query: R.ReportRowsQuery, signal?: AbortSignal) =>
  post('/reports/rows', { body: query, signal });
export const exportReport = (query: R.ReportQuery, format: R.ExportFormat, title: string) =>
  fetchFile('post', '/reports/export', {
    body: { ...query, format, title: title.slice(0, 200) },
    accept: '*/*',
  });
export const loadReconciliation = (
  query: QueryOf<'get', '/reconciliation'>,
  signal?: AbortSignal,
) => get('/reconciliation', { query, signal });
export const listNotes = () => get('/notes');

// What is saved of reports.
export const listSavedViews = () => get('/saved-views');
export const createSavedView = (body: T.SavedViewBody) => postOnce('/saved-views', { body });
export const editSavedView = ({ id, etag }: T.SavedView, body: T.SavedViewPatch) =>
  patch('/saved-views/{id}', { path: { id }, body, etag });
export const deleteSavedView = ({ id, etag }: T.SavedView) =>
  remove('/saved-views/{id}', { path: { id }, etag });
export const listSegments = () => get('/segments');
export const createSegment = (body: T.SegmentBody) => postOnce('/segments', { body });
export const editSegment = ({ id, etag }: T.Segment, body: T.SegmentPatch) =>
  patch('/segments/{id}', { path: { id }, body, etag });
export const deleteSegment = ({ id, etag }: T.Segment) =>
  remove('/segments/{id}', { path: { id }, etag });

// Metrics of the workspace's own.
export const listCustomMetrics = () => get('/custom-metrics');
export const createCustomMetric = (body: T.CustomMetricBody) =>
  postOnce('/custom-metrics', { body });
export const editCustomMetric = ({ id, etag }: T.CustomMetric, body: T.CustomMetricPatch) =>
  patch('/custom-metrics/{id}', { path: { id }, body, etag });
export const deleteCustomMetric = ({ id, etag }: T.CustomMetric) =>
  remove('/custom-metrics/{id}', { path: { id }, etag });
export const checkCustomMetric = (body: T.FormulaBody, signal?: AbortSignal) =>
  post('/custom-metrics/check', { body, signal });
export const previewCustomMetric = (body: T.CustomMetricBody, signal?: AbortSignal) =>
  post('/custom-metrics/preview', { body, signal });

// Goals.
export const listGoals = () => get('/goals');
export const createGoal = (body: T.GoalBody) => postOnce('/goals', { body });
export const editGoal = ({ id, etag }: T.Goal, body: T.GoalPatch) =>
  patch('/goals/{id}', { path: { id }, body, etag });
export const deleteGoal = ({ id, etag }: T.Goal) => remove('/goals/{id}', { path: { id }, etag });
export const queryGoals = (body: T.GoalsQuery, signal?: AbortSignal) =>
  post('/goals/query', { body, signal });

export const listGoalAlerts = () => get('/goal-alerts');
export const createGoalAlert = (body: T.GoalAlertBody) => postOnce('/goal-alerts', { body });
export const editGoalAlert = ({ id, etag }: T.GoalAlert, body: T.GoalAlertBody) =>
  put('/goal-alerts/{id}', { path: { id }, body, etag });
export const deleteGoalAlert = ({ id, etag }: T.GoalAlert) =>
  remove('/goal-alerts/{id}', { path: { id }, etag });
export const listGoalLooks = (id: number) => get('/goal-alerts/{id}/looks', { path: { id } });

// Share links.
export const listShareLinks = () => get('/share-links');
export const createShareLink = (body: T.ShareLinkBody) => postOnce('/share-links', { body });
export const revokeShareLink = (id: number) => remove('/share-links/{id}', { path: { id } });
export const openShareLink = (body: T.ShareLinkSecret) => post('/share-links/open', { body });

// Reports on a schedule.
export const listReportSchedules = () => get('/report-schedules');
export const createReportSchedule = (body: T.ReportScheduleBody) =>
  postOnce('/report-schedules', { body });
export const editReportSchedule = (
  { id, etag }: T.ReportSchedule,
  body: T.ReportScheduleTerms,
) => put('/report-schedules/{id}', { path: { id }, body, etag });
export const deleteReportSchedule = ({ id, etag }: T.ReportSchedule) =>
  remove('/report-schedules/{id}', { path: { id }, etag });
export const listOwnReports = () => get('/report-schedules/mine');
export const leaveReportSchedule = (id: number) =>
  postOnce('/report-schedules/{id}/leave', { path: { id } });
export const testReportSchedule = (id: number) =>
  postOnce('/report-schedules/{id}/test', { path: { id } });

// Notes on charts.
export const listAnnotations = (query: QueryOf<'get', '/annotations'>, signal?: AbortSignal) =>
  get('/annotations', { query, signal });
export const createAnnotation = (body: T.AnnotationBody) => postOnce('/annotations', { body });
export const editAnnotation = (id: number, body: T.AnnotationPatch, etag: string) =>
  patch('/annotations/{id}', { path: { id }, body, etag });
export const deleteAnnotation = (id: number, etag: string) =>
  remove('/annotations/{id}', { path: { id }, etag });

export const listAuditEntries = (query: QueryOf<'get', '/audit'>, signal?: AbortSignal) =>
  get('/audit', { query, signal });
export const verifyAuditLog = () => get('/audit/verify');
export const exportAuditLog = () => fetchFile('get', '/audit/export', { accept: '*/*' });

// Privacy.
export const findPerson = (body: T.PersonBody) => post('/privacy/person', { body });
export const exportPerson = (body: T.PersonBody) =>
  fetchFile('post', '/privacy/export', { body, accept: '*/*' });
export const loadRegister = () => get('/privacy/register');
export const loadRetention = () => get('/privacy/retention');
export const saveRetention = (body: T.RetentionDays, etag: string) =>
  put('/privacy/retention', { body, etag });
export const previewRetention = (body: T.RetentionDays) =>
  post('/privacy/retention/preview', { body });
export const loadPrivacyLaw = () => get('/privacy/law');
export const savePrivacyLaw = (body: { law: T.PrivacyLawName }, etag: string) =>
  put('/privacy/law', { body, etag });
export const listPersonRequests = (cursor?: string, signal?: AbortSignal) =>
  get('/person-requests', { query: { cursor }, signal });
export const recordPersonRequest = (body: T.PersonRequestBody) =>
  postOnce('/person-requests', { body });
export const closePersonRequest = (id: number, body: T.PersonRequestEnd, etag: string) =>
  patch('/person-requests/{id}', { path: { id }, body, etag });
export const requestErasure = (body: T.ErasureBody) => postOnce('/erasures', { body });
export const listErasures = (cursor?: string, signal?: AbortSignal) =>
  get('/erasures', { query: { cursor }, signal });
