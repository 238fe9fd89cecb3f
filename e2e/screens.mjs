// What each screen asks of the server, and how long each question takes on its own: for `make bench`.
//   node e2e/screens.mjs URL COOKIE
import { openBrowser } from './lib/browser.mjs';

const ROUNDS = 5;
const [url, cookie] = process.argv.slice(2);
// The last month of the made-up shop, and its last year beside the one before.
const month = 'from=2025-12-01&to=2025-12-31';
const year = 'from=2025-01-01&to=2025-12-31';

async function ask({ method, path, body }) {
  const headers = { cookie, 'content-type': 'application/json', origin: url };
  const answer = await fetch(url + path, { method, headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** The questions behind a screen, each once, as the browser sent them. */
async function questionsOf(browser, screen) {
  const { page, context, complaints } = await browser.page();
  const [name, value] = cookie.split('=');
  await context.addCookies([{ name, value, url }]);
  const asked = new Map();
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    // Streams end with the screen, and are no questions.
    if (!pathname.startsWith('/api/v1/') || pathname.endsWith('/live')) return;
    const isQuestion = request.method() === 'GET' || pathname.endsWith('/query');
    if (!isQuestion) return;
    const body = request.postData() ?? undefined;
    const question = { method: request.method(), path: pathname + search, body };
    asked.set(JSON.stringify(question), question);
  });
  await page.goto(url + screen);
  await page.getByRole('heading').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.starting, .skeleton'), undefined, {
    timeout: 600_000,
  });
  if (complaints.length > 0) throw new Error(`${screen}: ${complaints.join('; ')}`);
  await context.close();
  return [...asked.values()];
}

/** The median of what a question takes while nothing else is asked. */
async function medianOf(question) {
  const took = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = performance.now();
    await ask(question);
    took.push(performance.now() - before);
  }
  return took.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)];
}

/** What tells a question from the others of its screen. */
function wordsOf({ path, body }) {
  const { dimensions, bucket } = body ? JSON.parse(body) : {};
  const [what] = path.replace('/api/v1/', '').replace(/visitors\/[^/]+/, 'visitors/…').split('?');
  const by = [...(dimensions ?? []), bucket].filter(Boolean).join(', ');
  return by ? `${what} by ${by}` : what;
}

function nameOf(screen) {
  const [path] = screen.replace(/(visitors)\/.*/, '$1/…').split('?');
  if (screen.includes(year)) return `${path}, a year`;
  return screen.includes(month) ? `${path}, a month` : path;
}

async function measure(browser, screen) {
  const questions = await questionsOf(browser, screen);
  const figures = [];
  for (const question of questions) {
    figures.push({ ms: await medianOf(question), slowest: wordsOf(question) });
  }
  figures.sort((one, other) => other.ms - one.ms);
  return { screen: nameOf(screen), questions: questions.length, ...figures[0] };
}

const period = { from: '2025-12-01', to: '2025-12-31' };
const body = JSON.stringify({ period });
const [visit] = (await ask({ method: 'POST', path: '/api/v1/visits/query', body })).items;
const screens = [
  `/?${month}`,
  `/?${year}`,
  `/reports?${month}`,
  `/reports?${year}`,
  `/analytics?${month}`,
  `/analytics?${year}`,
  '/live',
  '/leads',
  '/deals',
  `/visits?${month}`,
  `/visitors/${visit.visitor}`,
  '/links',
  '/costs',
  `/costs?tab=reconciliation&${month}`,
  '/sites',
  '/sites/1',
  '/intake',
  '/channels',
  '/settings',
];
const browser = await openBrowser();
const found = [];
for (const screen of screens) found.push(await measure(browser, screen));
await browser.close();
process.stdout.write(JSON.stringify(found));
