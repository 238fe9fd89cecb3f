// The proof that an act wants: asked once, whatever number of requests waits for it.
import { whenProofNeeded } from '../api/client';

class Proof {
  /** Whether the person is being asked. */
  isAsked = $state(false);
  #waiting: ((isProved: boolean) => void)[] = [];

  ask(): Promise<boolean> {
    this.isAsked = true;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  answer(isProved: boolean): void {
    this.isAsked = false;
    for (const resolve of this.#waiting.splice(0)) resolve(isProved);
  }
}

export const proof = new Proof();
whenProofNeeded(() => proof.ask());
