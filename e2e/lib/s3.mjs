// A server that speaks S3, on ports that were free: SeaweedFS, as `make deps/seaweedfs` fetches it.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { eventually } from './api.mjs';

const program = fileURLToPath(new URL('../../deps/seaweedfs/bin/weed', import.meta.url));

/** Starts it with one bucket that anybody with the key may use. */
export async function startS3({ accessKey, secretKey, bucket }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-s3-'));
  const people = path.join(folder, 'people.json');
  const keys = [{ accessKey, secretKey }];
  const actions = ['Admin', 'Read', 'List', 'Write'];
  const identities = [{ name: accessKey, credentials: keys, actions }];
  await writeFile(people, JSON.stringify({ identities }));
  const [s3, s3Calls, filer, filerCalls, volume, volumeCalls, master, masterCalls] = await ports(8);
  const words = ['server', '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-dir=${folder}`, '-s3'];
  words.push('-s3.iam=false', '-volume.max=20', '-master.volumeSizeLimitMB=64');
  words.push('-volume.preStopSeconds=0', `-s3.config=${people}`);
  words.push(`-s3.port=${s3}`, `-s3.port.grpc=${s3Calls}`);
  words.push(`-filer.port=${filer}`, `-filer.port.grpc=${filerCalls}`);
  words.push(`-volume.port=${volume}`, `-volume.port.grpc=${volumeCalls}`);
  words.push(`-master.port=${master}`, `-master.port.grpc=${masterCalls}`);
  const child = spawn(program, words, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${s3}`;
  const buckets = `http://127.0.0.1:${filer}/buckets`;
  // The bucket is made behind the door: a folder of the server's own.
  await eventually(async () => {
    const made = await fetch(`${buckets}/${bucket}/`, { method: 'POST' }).catch(() => null);
    const asked = await fetch(endpoint).catch(() => null);
    return made?.ok && asked;
  });
  return {
    endpoint,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ports(count) {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const found = held.map((server) => server.address().port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}
