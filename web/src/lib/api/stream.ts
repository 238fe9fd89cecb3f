// Server-sent events read with fetch, because an EventSource cannot say which workspace it is for.
import { ApiError, fetchOk } from './client';

const RECONNECT_MS = 3_000;

export interface Listener {
  opened: () => void;
  lost: () => void;
  /** The server does not let this person follow it: nothing is asked any more. */
  refused: (error: ApiError) => void;
  event: (name: string, data: unknown) => void;
}

/** Follows a stream until the returned function is called; reconnects when it breaks, unless the
 * server says no. */
export function follow(path: string, listener: Listener): () => void {
  const controller = new AbortController();
  let timer = 0;
  const connect = async (): Promise<void> => {
    try {
      const options = { signal: controller.signal, accept: 'text/event-stream' };
      const response = await fetchOk('get', path, options);
      listener.opened();
      if (response.body) await read(response.body, listener);
    } catch (error) {
      if (controller.signal.aborted) return;
      if (isRefusal(error)) {
        listener.refused(error);
        return;
      }
      // Whatever else broke it, the answer is the same: say so and try again.
    }
    if (controller.signal.aborted) return;
    listener.lost();
    timer = window.setTimeout(() => void connect(), RECONNECT_MS);
  };
  void connect();
  return () => {
    controller.abort();
    window.clearTimeout(timer);
  };
}

/** Whether asking again would be answered the same: nobody is signed in, or they may not. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The name and data of one event's lines; comments and other fields are left out. */
export function parseEvent(block: string): { name: string; data: string } | undefined {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length === 0 ? undefined : { name, data: data.join('\n') };
}

async function read(body: ReadableStream<Uint8Array>, listener: Listener): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true }))
      .replace(/\r\n/g, '\n')
      .split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) listener.event(event.name, JSON.parse(event.data));
    }
  }
}
