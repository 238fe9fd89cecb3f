// A stand-in for the server while the screens are made. Never part of a build.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { answer, type MockRequest } from './routes.ts';

/** The policy the real server sends, so that a preview breaks here first. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
const DELAY_MS = 120;

type Next = () => void;

export function mockServer(): Plugin {
  return {
    name: 'throughline-mock',
    configureServer: (server) => void server.middlewares.use(handle),
    configurePreviewServer: (server) => {
      server.middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', POLICY);
        next();
      });
      server.middlewares.use(handle);
    },
  };
}

function handle(request: IncomingMessage, response: ServerResponse, next: Next): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/api/v1/')) return next();
  if (url.pathname === '/api/v1/live') return live(request, response);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const asked: MockRequest = {
      method: request.method ?? 'GET',
      path: url.pathname.slice('/api/v1'.length),
      query: url.searchParams,
      body: parse(Buffer.concat(chunks).toString()),
      accept: request.headers.accept ?? '',
    };
    setTimeout(() => reply(response, asked), DELAY_MS);
  });
}

function reply(response: ServerResponse, asked: MockRequest): void {
  const { status = 200, body, type = 'application/json' } = answer(asked);
  response.statusCode = status;
  response.setHeader('Content-Type', status >= 400 ? 'application/problem+json' : type);
  if (isTagged(body)) response.setHeader('ETag', body.etag);
  response.end(
    body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  );
}

function isTagged(body: unknown): body is { etag: string } {
  return typeof body === 'object' && body !== null && 'etag' in body;
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Uploads are not JSON; the mock answers them from its fixtures.
    return { raw: text };
  }
}

function live(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  const pages = ['/', '/sunglasses', '/lenses', '/delivery', '/fitting'];
  const pick = <T>(list: T[]): T | undefined => list[Math.floor(Math.random() * list.length)];
  const send = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const tick = (): void => {
    send('now', {
      visitors_now: 14 + Math.floor(Math.random() * 6),
      visitors_lately: 60 + Math.floor(Math.random() * 20),
      hits_per_minute: 40 + Math.floor(Math.random() * 20),
      minutes: Array.from({ length: 30 }, () => Math.floor(Math.random() * 60)),
      pages: pages.map((name, index) => ({ name, visitors: 6 - index })),
      sources: [{ name: 'google', visitors: 9 }],
      countries: [{ name: 'PL', visitors: 12 }],
    });
    const hit = {
      id: String(Math.random()),
      at: new Date().toISOString(),
      kind: pick(['page_view', 'page_view', 'event', 'click']),
      page: pick(pages),
      source: pick(['Google Ads', 'VK Ads', null]),
      channel: pick(['Search', 'Social', null]),
      campaign: null,
      link: null,
      country: pick(['RU', 'PL', 'DE']),
      device: pick(['phone', 'desktop']),
      bot: false,
    };
    send('hits', { skipped: 0, hits: [hit] });
  };
  tick();
  const timer = setInterval(tick, 2_000);
  request.on('close', () => clearInterval(timer));
}
