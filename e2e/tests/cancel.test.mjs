// An import that is cancelled while it runs leaves nothing behind, and says so.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { client, eventually, importFile, setUp } from '../lib/api.mjs';
import { counted, day } from '../lib/facts.mjs';
import { startServer } from '../lib/server.mjs';

const rows = 40_000;
const api = client(() => server.url);
let server;

before(async () => {
  server = await startServer();
  await setUp(api);
  await api.must('PUT', '/deal-statuses', {
    body: { items: [{ status: 'paid', group: 'paid' }] },
    headers: { 'If-Match': '"0"' },
  });
});
after(() => server?.stop());

const files = {
  deals(count) {
    const line = (at) => `D-${at},paid,100,${day(-1)} 10:00`;
    return ['Order ID,Status,Amount,Created', ...Array.from({ length: count }, (_, at) => line(at))];
  },
  costs(count) {
    const line = (at) => `${day(-1)},Campaign ${at},10,1,1.00`;
    return ['Day,Campaign,Impr.,Clicks,Cost', ...Array.from({ length: count }, (_, at) => line(at))];
  },
};

function file(kind, count) {
  return files[kind](count).join('\n');
}

/** Reports come to say this of deals and costs; facts are loaded in the order they were made. */
function arrives(wanted) {
  const sums = { deals: 0, revenue: 0, cost: 0, ...wanted };
  return eventually(async () => {
    const now = await counted(api, Object.keys(sums));
    return Object.entries(sums).every(([metric, sum]) => now[metric] === sum);
  });
}

const smallSums = { deals: { deals: 3, revenue: 300 }, costs: { cost: 3 } };

/** Starts an import of many rows and answers it once some of them are done. */
async function running(kind) {
  const form = new FormData();
  form.set('kind', kind);
  form.set('file', new Blob([file(kind, rows)]), `${kind}.csv`);
  const preview = await api.must('POST', '/imports/preview', { form });
  const { id } = await api.must('POST', '/imports', {
    body: { upload_id: preview.upload_id, kind, options: preview.options },
  });
  return eventually(
    async () => {
      const now = await api.must('GET', `/imports/${id}`);
      assert.ok(['queued', 'running'].includes(now.state), now.state);
      return now.rows_done > 0 && now;
    },
    { tries: 1_000 },
  );
}

function ended(id, state) {
  const ask = async () => {
    const now = await api.must('GET', `/imports/${id}`);
    return now.state === state && now;
  };
  return eventually(ask, { tries: 2_000 });
}

for (const kind of ['deals', 'costs']) {
  test(`${kind} that are cancelled over the API while they run are taken back`, async () => {
    const { id, rows_done: done } = await running(kind);
    assert.ok(done < rows, 'the import was still running');
    const answer = await api.must('POST', `/imports/${id}/cancel`);
    assert.ok(['cancelling', 'cancelled'].includes(answer.state), answer.state);
    const last = await ended(id, 'cancelled');
    assert.deepEqual([last.can_cancel, last.can_undo, last.error], [false, false, null]);
    const again = await api.call('POST', `/imports/${id}/cancel`);
    assert.deepEqual([again.status, again.body.code], [409, 'cannot_cancel']);
    const small = await importFile(api, kind, `${kind}.csv`, file(kind, 3), {});
    assert.deepEqual([small.state, small.rows_new], ['done', 3], 'the rows are free again');
    await arrives(smallSums[kind]);
    await api.must('POST', `/imports/${small.id}/undo`);
    await arrives({});
  });
}

/** Waits until the process handles Ctrl-C itself: from then on it follows its import. */
async function handlesInterrupt(pid) {
  const interrupt = 1n << 1n;
  await eventually(
    () => {
      const caught = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^SigCgt:\s+(\w+)/m)[1];
      return (BigInt(`0x${caught}`) & interrupt) !== 0n;
    },
    { tries: 2_000 },
  );
}

for (const kind of ['deals', 'costs']) {
  test(`Ctrl-C while ${kind} are imported takes them back and says so`, async () => {
    const from = path.join(server.folder, `${kind}.csv`);
    writeFileSync(from, file(kind, rows));
    await server.halt();
    const command = server.background('import', kind, from);
    await handlesInterrupt(command.process.pid);
    command.process.kill('SIGINT');
    assert.equal(await command.ended, 1);
    assert.match(command.printed(), /^Import \d+ was cancelled; nothing of it is left\.$/m);
    await server.start();
    const { items } = await api.must('GET', `/imports?kind=${kind}&limit=1`);
    assert.equal(items[0].state, 'cancelled');
    const small = await importFile(api, kind, `${kind}.csv`, file(kind, 3), {});
    await arrives(smallSums[kind]);
    await api.must('POST', `/imports/${small.id}/undo`);
    await arrives({});
  });
}
