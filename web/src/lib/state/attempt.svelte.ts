// What somebody has asked the server to do: under way, done, or refused.
import type { ApiError } from '../api/client';
import { asApiError } from './resource.svelte';

export class Attempt {
  busy = $state(false);
  /** What the last one was refused with; gone when the next begins. */
  error = $state.raw<ApiError | undefined>(undefined);

  async run(work: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      await work();
    } catch (failure) {
      this.error = asApiError(failure);
    }
    this.busy = false;
  }
}
