// A snippet that points at one's own computer works for nobody else, and says so.
import { expect, it } from 'vitest';
import { trouble } from './address';

it.each([
  ['http://127.0.0.1:8080', 'shop.example', 'local'],
  ['http://localhost:8080', 'shop.example', 'local'],
  ['http://[::1]:8080', 'shop.example', 'local'],
  ['http://stats.example', 'shop.example', 'http'],
  ['https://stats.example', 'shop.example', undefined],
  ['http://127.0.0.1:8080', 'localhost', undefined],
])('%s for %s: %s', (address, domain, expected) => {
  expect(trouble(address, domain)).toBe(expected);
});
