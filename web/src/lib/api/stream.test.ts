// Lines of an event stream become events, and a stream that broke is asked for again.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whenSignedOut } from './client';
import { follow, parseEvent } from './stream';

describe('parseEvent', () => {
  it('reads the name and the data', () => {
    expect(parseEvent('event: hits\ndata: {"a":1}')).toEqual({ name: 'hits', data: '{"a":1}' });
  });

  it('joins data of several lines', () => {
    expect(parseEvent('data: a\ndata: b')).toEqual({ name: 'message', data: 'a\nb' });
  });

  it('passes over a comment that keeps the line open', () => {
    expect(parseEvent(': ping')).toBeUndefined();
  });
});

describe('follow', () => {
  const answers = vi.fn<() => Promise<Response>>();
  const problem = (status: number, code: string): Promise<Response> =>
    Promise.resolve(
      new Response(JSON.stringify({ status, code, title: code }), {
        status,
        headers: { 'Content-Type': 'application/problem+json' },
      }),
    );
  const listener = {
    opened: vi.fn<() => void>(),
    lost: vi.fn<() => void>(),
    refused: vi.fn<(error: { code: string }) => void>(),
    event: vi.fn<(name: string, data: unknown) => void>(),
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('window', globalThis);
    vi.stubGlobal('fetch', answers);
  });
  afterEach(() => {
    vi.clearAllMocks();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('asks again where the server is away, until it answers', async () => {
    answers.mockImplementation(() => problem(503, 'store_away'));
    const stop = follow('/live', listener);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(answers).toHaveBeenCalledTimes(3);
    expect(listener.lost).toHaveBeenCalledTimes(3);
    answers.mockImplementation(() => Promise.resolve(new Response('event: now\ndata: 1\n\n')));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(listener.event).toHaveBeenCalledWith('now', 1);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).toHaveBeenCalledTimes(4);
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
  ])('stops and tells at %i', async (status, code) => {
    const signedOut = vi.fn<() => void>();
    whenSignedOut(signedOut);
    answers.mockImplementation(() => problem(status, code));
    follow('/live', listener);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).toHaveBeenCalledTimes(1);
    expect(listener.refused.mock.calls.map(([error]) => error.code)).toEqual([code]);
    expect(listener.lost).not.toHaveBeenCalled();
    // As with every other request: whoever has no session is asked to sign in.
    expect(signedOut).toHaveBeenCalledTimes(status === 401 ? 1 : 0);
  });
});
