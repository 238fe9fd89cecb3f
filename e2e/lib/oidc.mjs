// A real OpenID provider, whose people say who they are by typing their account's name.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

import { signIn } from './people.mjs';
import { freePort, startServer } from './server.mjs';

const client = { id: 'throughline', secret: 'a secret of the client: 50 % & more' };

/**
 * Starts a provider that sends browsers back to `redirect`. `accounts` has what is told of each, by
 * name; `amr` among it is how they have shown that it is them, and `ts` when, in seconds, where it
 * was not just now.
 */
async function startProvider(redirect, accounts) {
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

/**
 * A server whose people sign in by such a provider, and both their addresses: `site` is another site
 * than the provider's, as in the world. `settings` are more of the server's.
 */
export async function startBesideProvider(accounts, settings) {
  const port = await freePort();
  const site = `http://localhost:${port}`;
  const provider = await startProvider(`${site}/sign-in/provider`, accounts);
  const server = await startServer({
    env: {
      THROUGHLINE__SERVER__LISTEN: `127.0.0.1:${port}`,
      THROUGHLINE__SERVER__BASE_URL: site,
      THROUGHLINE__SIGN_IN__ATTEMPTS_MAX: '100',
      THROUGHLINE__OUTBOUND__ALLOW: '127.0.0.0/8',
      THROUGHLINE__PROVIDER__NAME: 'Optics Inc.',
      THROUGHLINE__PROVIDER__ISSUER: provider.issuer,
      THROUGHLINE__PROVIDER__CLIENT_ID: client.id,
      THROUGHLINE__PROVIDER__CLIENT_SECRET: client.secret,
      THROUGHLINE__PROVIDER__SCOPES: 'openid,email,profile,groups',
      THROUGHLINE__PROVIDER__ROLES: 'sales:1:sales_manager',
      ...settings,
    },
  });
  return { site, provider, server };
}

/** Says at the provider who it is. */
export async function say(page, account) {
  await page.getByLabel('Account').fill(account);
  await page.getByRole('button', { name: 'Go' }).click();
}

/** Signs in by the account of the provider. */
export async function byProvider(page, site, account) {
  await page.goto(`${site}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with Optics Inc.' }).click();
  await say(page, account);
}

/** Says that the account is to sign in the person who is signed in. */
export async function linkAccount(page, site, account) {
  await page.goto(`${site}/settings?tab=profile`);
  await page.getByRole('button', { name: 'Link an account' }).click();
  await say(page, account);
}

/** A page of somebody who has signed in by password and linked the account. */
export async function linked(browser, site, who, account) {
  const opened = await browser.page();
  await signIn(opened.page, site, who);
  await linkAccount(opened.page, site, account);
  await opened.page.getByText('signs you in from now on').waitFor();
  return opened;
}
