// The picture of the README: the demo's Overview.
import { mkdir } from 'node:fs/promises';
import { openBrowser } from './lib/browser.mjs';
import { startServer } from './lib/server.mjs';

const folder = new URL('../docs/pictures/', import.meta.url).pathname;
await mkdir(folder, { recursive: true });
const server = await startServer({ args: ['demo'] });
const browser = await openBrowser();
const { page } = await browser.page();
await page.goto(server.url);
await page.getByLabel(/e-mail/i).fill('demo@throughline.example');
await page.getByLabel(/password/i).fill('optics-demo-2026');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByTestId('channels-card').getByTestId('tree-row').first().waitFor();
await page.waitForLoadState('load');
await page.locator('canvas').first().waitFor();
await page.screenshot({ path: `${folder}overview.png` });
await browser.close();
await server.stop();
