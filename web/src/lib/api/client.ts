// The one way to the server: sends JSON, turns problems into typed errors, carries ETags and keys.
import type { Asked, Given, Method, OncePath, PathOf } from './operations';
import type { Problem } from './types';

const BASE = '/api/v1';
const WORKSPACE_HEADER = 'Throughline-Workspace';

/** What went wrong, with the server's stable code and the field it is about. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field: string | undefined;
  readonly errors: NonNullable<Problem['errors']>;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Partial<Problem> & { status: number; code: string }, seconds?: number) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail ?? problem.title ?? '';
    this.field = problem.field;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = seconds;
  }
}

type Value = string | number | boolean | null | undefined;

/** What any request may carry; `operations` says which of it an address takes. */
export interface RequestOptions {
  path?: Record<string, string | number>;
  query?: object;
  body?: unknown;
  form?: FormData;
  etag?: string;
  signal?: AbortSignal;
  accept?: string;
  key?: string;
}

export interface Answer<T> {
  data: T;
  etag: string | undefined;
}

let workspaceId: number | undefined;
let onSignedOut: () => void = () => {};
let onBarred: () => void = () => {};
let proof: () => Promise<boolean> = () => Promise.resolve(false);

export function useWorkspace(id: number | undefined): void {
  workspaceId = id;
}

/** Called when the server no longer knows the session. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

/** Called when the workspace asks for a second factor before anything else. */
export function whenBarred(handler: () => void): void {
  onBarred = handler;
}

/** Asked when an act wants the person to prove again that it is them: whether they have. */
export function whenProofNeeded(ask: () => Promise<boolean>): void {
  proof = ask;
}

/** Asks an address of the API document; what it takes and gives is checked by the compiler. */
export const send = <M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  ...asked: Asked<M, P>
) => ask(method, path, asked) as Promise<Answer<Given<M, P>>>;

/** What was asked fits the address: that was checked where the address was known. */
async function ask(method: Method, path: string, asked: unknown): Promise<Answer<unknown>> {
  const response = await fetchOk(method, path, optionsOf(asked));
  const etag = response.headers.get('ETag') ?? undefined;
  const text = response.status === 204 ? '' : await response.text();
  return { data: text === '' ? undefined : JSON.parse(text), etag };
}

const optionsOf = (asked: unknown) => (asked as [options?: RequestOptions])[0];

/** The same as `send`, for answers that are files. */
export async function fetchFile<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  ...asked: Asked<M, P>
): Promise<{ blob: Blob; name: string | undefined }> {
  const response = await fetchOk(method, path, optionsOf(asked));
  const disposition = response.headers.get('Content-Disposition') ?? '';
  const name = /filename="?([^";]+)"?/.exec(disposition)?.[1];
  return { blob: await response.blob(), name };
}

export const get = async <P extends PathOf<'get'>>(path: P, ...asked: Asked<'get', P>) =>
  (await ask('get', path, asked)).data as Given<'get', P>;

/** Asks with a body, or writes what may be written twice. */
export const post = async <P extends Exclude<PathOf<'post'>, OncePath>>(
  path: P,
  ...asked: Asked<'post', P>
) => (await ask('post', path, asked)).data as Given<'post', P>;

/** Writes under a key, so that a request that the network repeats is done once. */
export const postOnce = async <P extends OncePath>(path: P, ...asked: Asked<'post', P>) => {
  const keyed = [{ ...optionsOf(asked), key: randomKey() }];
  return (await ask('post', path, keyed)).data as Given<'post', P>;
};

export const put = async <P extends PathOf<'put'>>(path: P, ...asked: Asked<'put', P>) =>
  (await ask('put', path, asked)).data as Given<'put', P>;

export const patch = async <P extends PathOf<'patch'>>(path: P, ...asked: Asked<'patch', P>) =>
  (await ask('patch', path, asked)).data as Given<'patch', P>;

export const remove = async <P extends PathOf<'delete'>>(
  path: P,
  ...asked: Asked<'delete', P>
): Promise<void> => {
  await ask('delete', path, asked);
};

export async function fetchOk(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const response = await fetchOrOffline(urlOf(path, options), {
    method: method.toUpperCase(),
    headers: headersFor(options),
    body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
    signal: options.signal,
    credentials: 'same-origin',
  });
  if (response.ok) return response;
  const error = await errorOf(response);
  // The server did nothing yet, so the same request is sent again.
  if (error.code === 'proof_needed' && (await proof())) return fetchOk(method, path, options);
  if (error.code === 'unauthenticated') onSignedOut();
  if (error.code === 'second_factor_required') onBarred();
  throw error;
}

function urlOf(template: string, options: RequestOptions): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(options.path?.[name] ?? '')),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(options.query ?? {}) as [string, Value][]) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

function headersFor(options: RequestOptions): Headers {
  const headers = new Headers({ Accept: options.accept ?? 'application/json' });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.etag !== undefined) headers.set('If-Match', options.etag);
  if (workspaceId !== undefined) headers.set(WORKSPACE_HEADER, String(workspaceId));
  if (options.key !== undefined) headers.set('Idempotency-Key', options.key);
  return headers;
}

async function fetchOrOffline(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'offline', detail: '' });
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const isProblem = (response.headers.get('Content-Type') ?? '').includes('json');
  const problem = isProblem
    ? ((await response.json().catch(() => undefined)) as Problem | undefined)
    : undefined;
  if (problem?.code !== undefined) {
    return new ApiError({ ...problem, status: response.status }, seconds);
  }
  return new ApiError({ status: response.status, code: `http_${response.status}` }, seconds);
}

// `crypto.randomUUID` exists on secure origins only; a first install may be plain HTTP.
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
