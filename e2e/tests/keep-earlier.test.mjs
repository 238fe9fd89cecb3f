// What a file of costs does not say, or says unreadably: it stays or goes as the user chose, and
// the API and the command line say so in advance.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

import { client, eventually, importFile, setUp, table } from '../lib/api.mjs';
import { day } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const header = 'Day,Campaign,Impr.,Clicks,Cost';
const line = (campaign, clicks, cost) => `${day(-1)},${campaign},10,${clicks},${cost}`;
const first = [header, line('A', 1, '100'), line('B', 1, '20'), line('C', 1, '3')].join('\n');
/** A became dearer, the clicks of B cannot be read, and C is not mentioned. */
const second = [header, line('A', 1, '150'), line('B', 'many', '20')].join('\n');
const costs = { source: 'google', medium: 'cpc', vat: 'excluded', currency: 'RUB' };

const kept = { A: 150, B: 20 };
const outcomes = {
  rejected: { left: kept, effects: ['changed 1', 'kept 1', 'vanished 1'] },
  all: { left: { ...kept, C: 3 }, effects: ['changed 1', 'kept 2'] },
  nothing: { left: { A: 150 }, effects: ['changed 1', 'vanished 2'] },
};
const words = {
  'changed 1': '1 earlier amount changed: from 100.00 to 150.00 RUB.',
  'kept 1': '1 earlier amount stayed, though the file does not say it: 20.00 RUB.',
  'kept 2': '2 earlier amounts stayed, though the file does not say them: 23.00 RUB.',
  'vanished 1': '1 earlier amount vanished, because the file does not have it: 3.00 RUB.',
  'vanished 2': '2 earlier amounts vanished, because the file does not have them: 23.00 RUB.',
};

let server;
const api = client(() => server.url);
beforeEach(async () => {
  server = await startServer();
  await setUp(api);
  await importFile(api, 'costs', 'first.csv', first, costs);
});
afterEach(() => server.stop());

/** Reports come to show these costs by campaign, and no others. */
async function arrives(left) {
  const question = {
    metrics: ['cost'],
    dimensions: ['campaign'],
    period: { from: day(-3), to: day(2) },
  };
  await eventually(async () => {
    const { rows } = await table(api, question);
    const found = Object.entries(rows)
      .map(([campaign, { cost }]) => [campaign, Number(cost)])
      .filter(([, cost]) => cost !== 0);
    return JSON.stringify(found.sort()) === JSON.stringify(Object.entries(left).sort());
  });
}

const told = (effects) => effects.map(({ effect, amounts }) => `${effect} ${amounts}`).sort();

for (const [choice, { left, effects }] of Object.entries(outcomes)) {
  test(`over the API, keep_earlier "${choice}" does what its preview says`, async () => {
    const form = new FormData();
    form.set('kind', 'costs');
    form.set('options', JSON.stringify({ ...costs, keep_earlier: choice }));
    form.set('file', new Blob([second]), 'second.csv');
    const preview = await api.must('POST', '/imports/preview', { form });
    assert.equal(preview.options.keep_earlier, choice);
    assert.deepEqual(told(preview.effects), effects);
    const done = await importFile(api, 'costs', 'second.csv', second, { ...costs, keep_earlier: choice });
    assert.deepEqual(done.effects, preview.effects);
    assert.deepEqual([done.rows_accepted, done.rows_rejected], [1, 1]);
    await arrives(left);
    await api.must('POST', `/imports/${done.id}/undo`);
    await arrives({ A: 100, B: 20, C: 3 });
  });

  test(`on the command line, --keep-earlier ${choice} does what --dry-run says`, async () => {
    const file = path.join(server.folder, 'second.csv');
    writeFileSync(file, second);
    await server.halt();
    const given = ['--source', 'google', '--medium', 'cpc', '--vat', 'excluded'];
    const command = ['import', 'costs', file, ...given, '--keep-earlier', choice];
    const foreseen = server.command(...command, '--dry-run', '--json');
    assert.equal(foreseen.status, 0, foreseen.stderr);
    assert.deepEqual(told(JSON.parse(foreseen.stdout).effects), effects);
    const done = server.command(...command);
    assert.equal(done.status, 1, 'a row was rejected');
    for (const effect of effects) {
      assert.ok(done.stdout.includes(words[effect]), `${words[effect]} in ${done.stdout}`);
    }
    await server.start();
    await arrives(left);
  });
}

test('keep_earlier takes its three words only', async () => {
  const form = new FormData();
  form.set('kind', 'costs');
  form.set('options', JSON.stringify({ ...costs, keep_earlier: 'some' }));
  form.set('file', new Blob([second]), 'second.csv');
  const answer = await api.call('POST', '/imports/preview', { form });
  assert.deepEqual([answer.status, answer.body.field], [422, 'options']);
  assert.match(answer.body.detail, /`some`.*`rejected`, `all`, `nothing`|`some`.*`rejected`/);
  await server.halt();
  const refused = server.command('import', 'costs', 'none.csv', '--keep-earlier', 'some');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /possible values: rejected, all, nothing/);
  await server.start();
});
