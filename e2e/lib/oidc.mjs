// A real OpenID provider, whose people say who they are by typing their account's name.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

export const client = { id: 'throughline', secret: 'a secret of the client: 50 % & more' };

/**
 * Starts a provider that sends browsers back to `redirect`. `accounts` has what is told of each, by
 * name; `amr` among it is how they have shown that it is them, and `ts` when, in seconds, where it
 * was not just now.
 */
export async function startProvider(redirect, accounts) {
  let handle;
  const server = createServer((request, response) => void handle(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirect] }],
    claims: {
      openid: ['sub', 'amr'],
      email: ['email', 'email_verified'],
      profile: ['name'],
      groups: ['groups'],
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, name) => ({
      accountId: name,
      claims: () => ({ sub: name, ...accounts[name] }),
    }),
    // Nobody is asked whether the program may know them.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  handle = async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    if (request.method === 'GET') {
      response.setHeader('Content-Type', 'text/html');
      return response.end(
        '<form method="post"><label>Account <input name="login" /></label><button>Go</button></form>',
      );
    }
    let body = '';
    for await (const part of request) body += part;
    const name = new URLSearchParams(body).get('login');
    const { amr = ['pwd'], ts } = accounts[name] ?? {};
    const login = { accountId: name, amr, ts };
    return provider.interactionFinished(request, response, { login });
  };
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
