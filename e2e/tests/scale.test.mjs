// The figures of docs/operating/scale.md are those that its simulation gives, whenever it runs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { PAGE, dice, groupWait, refreshed, sizing, tables } from '../../xtask/scale.mjs';

test('the tables of the page are fresh: node xtask/scale.mjs --write', async () => {
  const page = await readFile(PAGE, 'utf8');
  assert.equal(refreshed(page), page);
  assert.deepEqual(tables(), tables(), 'the same seeds give the same figures');
});

test('more clicks never need fewer machines, and a fuller disk never makes a click wait less', () => {
  const sizes = [1e9, 3e9, 10e9, 30e9, 100e9].map((size) => sizing(size));
  for (const [at, size] of sizes.slice(1).entries()) {
    for (const what of ['collectors', 'shards', 'cores', 'disk', 'euros']) {
      assert.ok(size[what] >= sizes[at][what], `${what} of ${size.perDay}`);
    }
    assert.ok(size.lost.waitsH <= size.lostAsOne.waitsH, 'smaller clusters wait less');
  }
  // A click waits for the group before its own and then for its own; a fuller group takes longer.
  for (const fill of [0.1, 0.5, 0.9]) {
    const wait = groupWait(fill, 1, dice(3), 20_000);
    assert.ok(wait > 1 && wait < (2 * 1.3) / (1 - fill / 2), `${wait} ms at ${fill}`);
  }
});
