// One Chromium for a test file; pages fail the test when the console or the network complains.
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const out = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'out');
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desktop = { width: 1440, height: 1000 };
export const phone = { width: 390, height: 844 };

export async function openBrowser() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
  return {
    /** A page in a fresh profile; `complaints` collects what the console or a request said. */
    async page(options = {}) {
      const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', ...options });
      const page = await context.newPage();
      const complaints = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      return { page, context, complaints };
    },
    close: () => browser.close(),
  };
}

/** Saves what the page looks like under `e2e/out`. */
export async function shoot(page, name) {
  await mkdir(out, { recursive: true });
  await page.screenshot({ path: path.join(out, `${name}.png`) });
}

/**
 * Waits until nothing is fetched anew and nothing moves: what fades has other colours meanwhile. A
 * busy button keeps its colours, and the gallery shows one that is busy for ever.
 */
async function rest(page) {
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]:not(button)'));
  await page.evaluate(() => {
    const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
    // One that is cut short is over as well.
    const over = document.getAnimations().filter(ends).map((one) => one.finished.catch(() => {}));
    return Promise.all(over);
  });
}

/** Barriers that axe finds on the page, as `rule: element`. */
export async function barriers(page) {
  await rest(page);
  await page.evaluate(axe);
  return page.evaluate(() =>
    window.axe
      .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
      .then((result) => result.violations.map((v) => `${v.id}: ${v.nodes[0]?.target}`)),
  );
}

/** How many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(async () => {
    // What draws itself by its width does so in the frame after the window's change.
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });
}
