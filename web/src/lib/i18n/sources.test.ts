import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatSource } from './sources';

it('calls known sources by their names in the reader’s language', () => {
  expect(formatSource('google', 'en')).toBe('Google');
  expect(formatSource('yandex', 'ru')).toBe('Яндекс');
  expect(formatSource('yandex', 'pl')).toBe('Yandex');
});

it('leaves tags and hosts of others as they came', () => {
  expect(formatSource('spring-newsletter', 'ru')).toBe('spring-newsletter');
  expect(formatSource('constructor', 'en')).toBe('constructor');
  expect(formatSource('blog.example', 'en')).toBe('blog.example');
});

it('names only sources that the server spells so', () => {
  const listed = readFileSync('../crates/domain/src/source/sources.txt', 'utf8');
  const known = new Set(
    listed
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/)[1]),
  );
  const text = readFileSync('src/lib/i18n/sources.ts', 'utf8');
  const named = [...text.matchAll(/^ {2}'?([\w.]+)'?: '/gm)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(90);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
