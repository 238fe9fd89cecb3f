// How the UI is built, served in development and tested.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const DEFAULT_SERVER = 'http://127.0.0.1:8080';
const SERVER_PATHS = ['/api', '/c/', '/e', '/f/', '/t.js', '/p.gif', '/docs'];

export default defineConfig(async ({ mode }) => {
  const server = process.env.THROUGHLINE_URL ?? DEFAULT_SERVER;
  const mocked = mode === 'mock';
  // The mock is imported only when asked for, so no build can carry it.
  const mock = mocked ? [(await import('./mock/plugin.ts')).mockServer()] : [];
  return {
    plugins: [svelte(), ...mock],
    resolve: {
      alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
      // Unit tests run the browser build of Svelte; without this they would load its server build.
      conditions: mode === 'test' ? ['browser'] : undefined,
    },
    server: {
      proxy: mocked
        ? undefined
        : Object.fromEntries(
            SERVER_PATHS.map((path) => [
              // The events path is exact: `/e` must not swallow module paths that begin with it.
              path === '/e' ? '^/e$' : path,
              { target: server, changeOrigin: false },
            ]),
          ),
    },
    build: {
      target: ['chrome125', 'firefox125', 'safari17.5'],
      // Data URIs would need a wider content security policy.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 700,
    },
    test: { include: ['src/**/*.test.ts'], environment: 'node' },
  };
});
