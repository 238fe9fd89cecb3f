// What somebody has asked the server to do: under way, done, or refused.
import type { ApiError } from '../api/client';
import { asApiError } from './resource.svelte';

export class Attempt {
  busy = $state(false);
  /** What the last one was refused with; gone when the next begins. */
  error = $state.raw<ApiError | undefined>(undefined);

  /** `stale` reads anew what somebody else has changed meanwhile, so that another try is of use. */
  async run(work: () => Promise<unknown>, stale?: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      await work();
    } catch (failure) {
      this.error = asApiError(failure);
      if (this.error.code === 'edit_conflict') await stale?.();
    }
    this.busy = false;
  }

  /** A dialog that is opened speaks of nothing that was tried before. */
  clear(): void {
    this.error = undefined;
  }
}
