// Whether visitors' browsers can reach the server at its address.

export type Trouble = 'local' | 'http';

const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/;

/** Why pages of the domain cannot reach the address; nothing where they can. */
export function trouble(address: string, domain: string): Trouble | undefined {
  if (!URL.canParse(address)) return undefined;
  const { hostname, protocol } = new URL(address);
  // A site on one's own computer is seen by the same computer.
  if (LOCAL.test(domain)) return undefined;
  if (LOCAL.test(hostname)) return 'local';
  return protocol === 'http:' ? 'http' : undefined;
}
