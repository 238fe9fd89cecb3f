// A list that comes in pages: the first on load, the next when asked.
import { untrack } from 'svelte';
import type { ApiError } from '../api/client';
import type { Page } from '../api/types';
import { asApiError } from './resource.svelte';

type Fetcher<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

export class Paged<T> {
  items = $state.raw<T[] | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  busy = $state(false);
  /** What has come so far, as a resource has its answer. */
  data = $derived(this.items === undefined ? undefined : { items: this.items });
  #cursor = $state<string | null>(null);
  #controller = new AbortController();
  #fetcher: Fetcher<T> | undefined;

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  load(fetcher: Fetcher<T>): Promise<void> {
    return untrack(() => {
      this.#controller.abort();
      this.#controller = new AbortController();
      this.#fetcher = fetcher;
      return this.#fetch(undefined);
    });
  }

  more(): void {
    if (this.#cursor !== null && !this.busy) void this.#fetch(this.#cursor);
  }

  retry(): Promise<void> {
    return this.#fetcher ? this.load(this.#fetcher) : Promise.resolve();
  }

  replace(isSame: (item: T) => boolean, next: T): void {
    this.items = this.items?.map((item) => (isSame(item) ? next : item));
  }

  async #fetch(cursor: string | undefined): Promise<void> {
    const { signal } = this.#controller;
    this.busy = true;
    try {
      const page = await this.#fetcher?.(cursor, signal);
      if (signal.aborted || page === undefined) return;
      this.items = cursor === undefined ? page.items : [...(this.items ?? []), ...page.items];
      this.#cursor = page.next_cursor;
      this.error = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.error = asApiError(error);
    }
    this.busy = false;
  }
}
