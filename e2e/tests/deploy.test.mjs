// The files of deploy/: what they set is what the program knows, and what they ask for is there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parseAllDocuments } from 'yaml';

import { startServer } from '../lib/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file) => readFile(path.join(root, file), 'utf8');
// What an operator gives.
const GIVEN = { THROUGHLINE_HOST: 'ads.example.com', POSTGRES_PASSWORD: 'p', CLICKHOUSE_PASSWORD: 'c' };

/** The documents of a YAML file, read strictly: a key that stands twice is an error. */
async function documents(file) {
  const parsed = parseAllDocuments(await read(file), { strict: true, uniqueKeys: true });
  for (const { errors, warnings } of parsed) assert.deepEqual([...errors, ...warnings], [], file);
  return parsed.map((each) => each.toJS());
}

/** The configuration that the program makes of an environment. */
function configured(env, ...args) {
  const program = spawnSync(process.env.THROUGHLINE, ['config', 'print', ...args], {
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH, ...env },
    encoding: 'utf8',
  });
  assert.equal(program.status, 0, `${JSON.stringify(env)}: ${program.stderr}`);
  return program.stdout;
}

const filled = (text) =>
  String(text).replace(/\$\{(\w+)[^}]*\}/g, (_, name) => GIVEN[name] ?? assert.fail(`nobody gives ${name}`));

test('the program takes the environment of its container, and its services are there', async () => {
  const [compose] = await documents('deploy/docker/compose.yaml');
  const { throughline, ...others } = compose.services;
  const env = Object.fromEntries(
    Object.entries(throughline.environment).map(([name, value]) => [name, filled(value)]),
  );
  const config = configured(env);
  for (const value of [GIVEN.THROUGHLINE_HOST, '172.30.0.0/24', '/run/secrets/master_key']) {
    assert.ok(config.includes(value), `${value} is not in ${config}`);
  }
  for (const name of Object.keys(throughline.depends_on)) {
    assert.ok(others[name].healthcheck, `${name} is waited for and says nothing`);
    assert.ok(Object.values(env).some((value) => value.includes(`@${name}`)), `${name} is not used`);
  }
  const volumes = Object.values(compose.services).flatMap((service) => service.volumes);
  const named = volumes.map((each) => each.split(':')[0]).filter((each) => !each.startsWith('.'));
  assert.deepEqual(named.sort(), Object.keys(compose.volumes).sort());
});

test('the image is healthy when the server is ready, and says where it keeps what', async () => {
  const dockerfile = await read('deploy/docker/Dockerfile');
  const env = Object.fromEntries([...dockerfile.matchAll(/(THROUGHLINE__\w+)=(\S+)/g)].map((m) => m.slice(1)));
  assert.match(configured(env), /0\.0\.0\.0:8080/);
  assert.ok(dockerfile.includes(`VOLUME ${env.THROUGHLINE__DATA__FOLDER}\n`));
  assert.match(dockerfile, /^USER 10001:10001$/m);
  const [, words] = /^HEALTHCHECK[^\n]*\\\n {2}CMD (\[.*\])$/m.exec(dockerfile);
  const server = await startServer();
  const check = () => {
    const [program, ...args] = JSON.parse(words).map((word) => word.replace('8080', new URL(server.url).port));
    return spawnSync(program, args, { timeout: 10_000 }).status;
  };
  assert.equal(check(), 0);
  await server.halt();
  assert.notEqual(check(), 0);
  await server.stop();
});

test('units are what systemd takes, and give the program what it knows', async (context) => {
  const folder = 'deploy/systemd';
  const units = (await readdir(path.join(root, folder))).filter((name) => name.endsWith('.service'));
  assert.ok(units.length > 0);
  for (const name of units) {
    const unit = await read(path.join(folder, name));
    const env = Object.fromEntries(
      [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, key, value]) => [
        key,
        value.replace('%d', '/run/credentials'),
      ]),
    );
    configured(env, '--config', path.join(root, folder, 'throughline.toml'));
    const credentials = [...unit.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, each]) => each);
    const used = Object.values(env).filter((value) => value.startsWith('/run/credentials/'));
    assert.deepEqual(used.map((each) => path.basename(each)).sort(), credentials.sort(), name);
  }
  const tool = spawnSync('systemd-analyze', ['--version']);
  if (tool.error) return context.skip('there is no systemd-analyze');
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...units.map((each) => path.join(root, folder, each))], {
    encoding: 'utf8',
  });
  // The program is not installed here; nothing else may be wrong.
  const complaints = verified.stderr.split('\n').filter((line) => line && !/is not executable/.test(line));
  assert.deepEqual(complaints, []);
});

test('the pod has the environment, the probes and the places that the program has', async () => {
  const [set, service, ingress] = await documents('deploy/kubernetes/throughline.yaml');
  const { spec } = set.spec.template;
  const [container] = spec.containers;
  const secrets = { 'store-url': 'postgres://t@db/t', 'warehouse-url': 'http://t:p@facts:8123/t' };
  const env = container.env.map(({ name, value, valueFrom }) => [
    name,
    value ?? secrets[valueFrom.secretKeyRef.key],
  ]);
  assert.match(configured(Object.fromEntries(env)), /\/secrets\/master\.key/);
  const server = await startServer();
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    assert.equal((await fetch(server.url + container[probe].httpGet.path)).status, 200, probe);
  }
  await server.stop();
  const places = [...spec.volumes, ...set.spec.volumeClaimTemplates.map((each) => each.metadata)];
  assert.deepEqual(
    container.volumeMounts.map((each) => each.name).sort(),
    places.map((each) => each.name).sort(),
  );
  assert.deepEqual(service.spec.selector, set.spec.template.metadata.labels);
  const { backend } = ingress.spec.rules[0].http.paths[0];
  assert.equal(backend.service.name, service.metadata.name);
});
