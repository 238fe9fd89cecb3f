// The provider of identities: the way to it and back, which leaves the page.
import * as api from '../api/calls';

/** What the browser went to the provider for. */
export type Errand = 'signIn' | 'proof' | 'link';

interface Left {
  errand: Errand;
  /** Where to go on afterwards. */
  back: string;
}

const STORAGE_KEY = 'throughline.provider';
const ASK = {
  proof: api.beginProviderProof,
  link: api.beginProviderLink,
};

class Provider {
  /** What it is called, where there is one. */
  name = $state<string>();

  /** Leaves the page to sign in, also to join by an invitation. */
  async signIn(invitation?: string): Promise<void> {
    const next = new URLSearchParams(window.location.search).get('next');
    const isInner = next !== null && next.startsWith('/') && !next.startsWith('//');
    const { address } = await api.beginProviderSignIn(invitation);
    leave(address, { errand: 'signIn', back: isInner ? next : '/' });
  }

  async leaveFor(errand: 'proof' | 'link'): Promise<void> {
    const { address } = await ASK[errand]();
    leave(address, { errand, back: window.location.pathname + window.location.search });
  }

  /** What the page was left for, told once. */
  cameBack(): Left | undefined {
    const kept = sessionStorage.getItem(STORAGE_KEY);
    sessionStorage.removeItem(STORAGE_KEY);
    return kept === null ? undefined : (JSON.parse(kept) as Left);
  }
}

function leave(address: string, left: Left): void {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(left));
  window.location.assign(address);
}

export const provider = new Provider();
