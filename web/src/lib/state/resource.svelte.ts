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
    return untrack(() => {
      this.#fetcher = fetcher;
      this.busy = true;
      return this.#run(fetcher, true);
    });
  }

  /** Loads the same again: what is shown stays until the answer is there, and if none comes. */
  refresh(): Promise<void> {
    return untrack(() => {
      const fetcher = this.#fetcher;
      if (fetcher === undefined || this.busy) return Promise.resolve();
      return this.#run(fetcher, this.data === undefined);
    });
  }

  async #run(fetcher: (signal: AbortSignal) => Promise<T>, tells: boolean): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const data = await fetcher(controller.signal);
      if (controller.signal.aborted) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (controller.signal.aborted) return;
      if (tells) this.error = asApiError(error);
    }
    this.busy = false;
  }

  retry(): Promise<void> {
    return this.#fetcher === undefined ? Promise.resolve() : this.load(this.#fetcher);
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ status: 0, code: 'unexpected', detail: String(error) });
}
