import { expect, test } from 'vitest';
import { csvOf } from './csv';

test('cells are quoted, and none is a formula', async () => {
  const rows = [
    ['a', 'say "b"'],
    ['=1+1', '-2'],
  ];
  const bytes = new Uint8Array(await csvOf(rows).arrayBuffer());
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  expect(text).toBe('\uFEFF"a","say ""b"""\r\n"\'=1+1","\'-2"\r\n');
});
