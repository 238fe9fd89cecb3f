// The one way to the server: sends JSON, turns problems into typed errors, carries ETags and keys.
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

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail ?? problem.title ?? '';
    this.field = problem.field;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  form?: FormData;
  etag?: string;
  signal?: AbortSignal;
  accept?: string;
}

export interface Answer<T> {
  data: T;
  etag: string | undefined;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let workspaceId: number | undefined;
let onSignedOut: () => void = () => {};

export function useWorkspace(id: number | undefined): void {
  workspaceId = id;
}

/** Called when the server no longer knows the session. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export async function send<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const response = await fetchOk(method, path, options);
  const etag = response.headers.get('ETag') ?? undefined;
  if (response.status === 204) return { data: undefined as T, etag };
  const text = await response.text();
  return { data: (text === '' ? undefined : JSON.parse(text)) as T, etag };
}

/** The same as `send`, for answers that are files. */
export async function fetchFile(
  method: Method,
  path: string,
  options: RequestOptions,
): Promise<{ blob: Blob; name: string | undefined }> {
  const response = await fetchOk(method, path, options);
  const disposition = response.headers.get('Content-Disposition') ?? '';
  const name = /filename="?([^";]+)"?/.exec(disposition)?.[1];
  return { blob: await response.blob(), name };
}

export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

export const get = async <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  (await send<T>('GET', path, { query, signal })).data;

export const post = async <T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> =>
  (await send<T>('POST', path, { body, signal })).data;

export const put = async <T>(path: string, body: unknown, etag?: string): Promise<T> =>
  (await send<T>('PUT', path, { body, etag })).data;

export const patch = async <T>(path: string, body: unknown, etag?: string): Promise<T> =>
  (await send<T>('PATCH', path, { body, etag })).data;

export const remove = async (path: string, etag?: string): Promise<void> => {
  await send<void>('DELETE', path, { etag });
};

export async function fetchOk(
  method: Method,
  path: string,
  options: RequestOptions,
): Promise<Response> {
  const response = await fetchOrOffline(urlOf(path, options.query), {
    method,
    headers: headersFor(method, options),
    body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
    signal: options.signal,
    credentials: 'same-origin',
  });
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401 && error.code !== 'bad_credentials') onSignedOut();
  throw error;
}

function headersFor(method: Method, options: RequestOptions): Headers {
  const headers = new Headers({ Accept: options.accept ?? 'application/json' });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.etag !== undefined) headers.set('If-Match', options.etag);
  if (workspaceId !== undefined) headers.set(WORKSPACE_HEADER, String(workspaceId));
  if (method === 'POST') headers.set('Idempotency-Key', randomKey());
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
