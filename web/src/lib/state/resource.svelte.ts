// Something loaded from the server: keeps the last answer while the next is on its way.
import { untrack } from 'svelte';
import { ApiError } from '../api/client';

export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  busy = $state(false);
  #controller: AbortController | undefined;
  #fetcher: ((signal: AbortSignal) => Promise<T>) | undefined;

  /** Starts loading; an earlier load still running is dropped. */
  load(fetcher: (signal: AbortSignal) => Promise<T>): Promise<void> {
    return untrack(async () => {
      this.#controller?.abort();
      const controller = new AbortController();
      this.#controller = controller;
      this.#fetcher = fetcher;
      this.busy = true;
      try {
        const data = await fetcher(controller.signal);
        if (controller.signal.aborted) return;
        this.data = data;
        this.error = undefined;
      } catch (error) {
        if (controller.signal.aborted) return;
        this.error = asApiError(error);
      }
      this.busy = false;
    });
  }

  retry(): Promise<void> {
    return this.#fetcher === undefined ? Promise.resolve() : this.load(this.#fetcher);
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ status: 0, code: 'unexpected', detail: String(error) });
}
