// Colleagues of the owner: they come by invitation, and sign in.
import { client } from './api.mjs';

export const PASSWORD = 'a long enough password';

/** The address of the colleague who has a role. */
export const mail = (role) => `${role}@shop.example`;

/** Somebody who was invited and has come: a client that is signed in as them. */
export async function join(server, api, email, role, channels) {
  const { link } = await api.must('POST', '/invitations', { body: { email, role, channels } });
  const person = client(() => server.url);
  const body = { secret: link.split('#')[1], name: '', password: PASSWORD, language: 'en' };
  await person.must('POST', '/invitations/redeem', { body });
  return person;
}

/** One colleague for each role; those from outside see the first channel. */
export async function hire(server, api, roles) {
  const outside = (await api.must('GET', '/roles')).items.filter(({ realm }) => realm === 'outside');
  const [first] = (await api.must('GET', '/channels')).items;
  for (const role of roles) {
    const channels = outside.some((each) => each.role === role) ? [first.id] : undefined;
    await join(server, api, mail(role), role, channels);
  }
}

/** A client that is signed in as the colleague who has the role. */
export async function somebody(server, role) {
  const person = client(() => server.url);
  await person.must('POST', '/sessions', { body: { email: mail(role), password: PASSWORD } });
  return person;
}

/** Fills the sign-in form in and sends it. */
export async function fillIn(page, url, { email, password = PASSWORD }) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Fills the sign-in form in, and is in. */
export async function signIn(page, url, who) {
  await fillIn(page, url, who);
  await page.getByRole('navigation').first().waitFor();
}

/** A new page with somebody signed in on it, and what it complains of from now on. */
export async function signedIn(browser, url, who) {
  const opened = await browser.page();
  await signIn(opened.page, url, who);
  await opened.page.getByRole('heading', { name: 'Overview' }).first().waitFor();
  // Asking who is signed in was refused before anybody was.
  opened.complaints.length = 0;
  return opened;
}
