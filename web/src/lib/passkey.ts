// Asks a device of the person for a passkey. Options and answers are JSON, as the server writes them.
import { ApiError } from './api/client';

interface Described {
  id: string;
  type: 'public-key';
}

/** What of the options is bytes, written in base64url. */
interface Options {
  challenge: string;
  user?: { id: string };
  excludeCredentials?: Described[];
  allowCredentials?: Described[];
}

/** Whether this browser knows passkeys; it does only at safe addresses. */
export const knowsPasskeys = (): boolean => typeof PublicKeyCredential !== 'undefined';

/** Makes a passkey on a device. */
export async function makePasskey(told: object): Promise<Record<string, unknown>> {
  const publicKey = read(told as Options) as unknown as PublicKeyCredentialCreationOptions;
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const response = made.response as AuthenticatorAttestationResponse;
  return written(made, {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports(),
  });
}

/** Has a passkey of a device answer. */
export async function askPasskey(told: object): Promise<Record<string, unknown>> {
  const publicKey = read(told as Options) as unknown as PublicKeyCredentialRequestOptions;
  const given = await asked(() => navigator.credentials.get({ publicKey }));
  const response = given.response as AuthenticatorAssertionResponse;
  return written(given, {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: response.userHandle === null ? null : text(response.userHandle),
  });
}

async function asked(work: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const found = await work();
    if (found !== null) return found as PublicKeyCredential;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'InvalidStateError') throw failed('passkey_known');
    if (name === 'SecurityError') throw failed('passkey_elsewhere');
  }
  // The person may have waited, said no, or have none: browsers do not tell which.
  throw failed('passkey_cancelled');
}

const failed = (code: string) => new ApiError({ status: 0, code });

function written(credential: PublicKeyCredential, response: object): Record<string, unknown> {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  };
}

function read(options: Options): object {
  const described = (list: Described[] | undefined) =>
    list?.map((each) => ({ ...each, id: bytes(each.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && {
      excludeCredentials: described(options.excludeCredentials),
    }),
    ...(options.allowCredentials && { allowCredentials: described(options.allowCredentials) }),
  };
}

function bytes(base64url: string): Uint8Array {
  const plain = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
