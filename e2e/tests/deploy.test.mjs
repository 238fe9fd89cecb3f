// The files of deploy/: what they set is what the program knows, and what they ask for is there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parseAllDocuments } from 'yaml';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file) => readFile(path.join(root, file), 'utf8');
// What an operator gives.
const GIVEN = { THROUGHLINE_HOST: 'ads.example.com', POSTGRES_PASSWORD: 'p', CLICKHOUSE_PASSWORD: 'c' };

/** The documents of a YAML file, read strictly: a key that stands twice is an error. */
async function documents(file) {
  const parsed = parseAllDocuments(await read(file), { strict: true, uniqueKeys: true, merge: true });
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

/** What a unit is started for: itself, or what its template stands for. */
const instances = (unit) => (unit.includes('@') ? ['collect', 'core'] : ['throughline']);

/** The unit's environment is what the program takes with its settings, and its credentials are used. */
async function gives(name, instance) {
  const folder = 'deploy/systemd';
  const isNode = name.includes('@');
  const place = isNode ? name.replace('@', `@${instance}`) : name;
  const besides = await readdir(path.join(root, folder, `${place}.d`)).catch(() => []);
  const files = [name, ...besides.map((file) => path.join(`${place}.d`, file))];
  const unit = (await Promise.all(files.map((file) => read(path.join(folder, file))))).join('\n');
  const told = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, key, value]) => [
    key,
    value.replace('%d', '/run/credentials').replace('%i', instance).replace('%H', 'machine-1'),
  ]);
  const env = Object.fromEntries(told);
  const settings = path.join(folder, isNode ? 'nodes' : '', `${instance}.toml`);
  const config = configured(env, '--config', path.join(root, settings));
  if (isNode) assert.match(config, new RegExp(`name = "machine-1-${instance}"`));
  const credentials = [...unit.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, each]) => each);
  const used = Object.values(env).filter((value) => value.startsWith('/run/credentials/'));
  assert.deepEqual(used.map((each) => path.basename(each)).sort(), credentials.sort(), place);
}

test('units are what systemd takes, and give the program what it knows', async (context) => {
  const folder = 'deploy/systemd';
  const units = (await readdir(path.join(root, folder))).filter((name) => name.endsWith('.service'));
  assert.ok(units.length > 0);
  for (const name of units) {
    for (const instance of instances(name)) await gives(name, instance);
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

/** The roles that a container of several nodes has, by the settings that the program makes of it. */
function rolesOf(env) {
  const config = configured(env);
  return JSON.parse(/^roles = (\[[^\]]*\])/m.exec(config)[1].replace(/,\s*\]/, ']'));
}

test('several containers share the roles, have folders of their own, and collectors get no key to secrets', async () => {
  const [compose] = await documents('deploy/docker/compose.nodes.yaml');
  const nodes = Object.entries(compose.services).filter(([, service]) => service.image === 'throughline');
  assert.equal(nodes.length, 3);
  const roles = [];
  for (const [name, service] of nodes) {
    const env = Object.fromEntries(
      Object.entries(service.environment).map(([key, value]) => [key, filled(value)]),
    );
    assert.equal(env.THROUGHLINE__NODE__NAME, name);
    assert.equal(env.THROUGHLINE__NODE__ADDRESS, `http://${name}:8080`);
    const own = rolesOf(env);
    roles.push(...own);
    assert.deepEqual(service.volumes, [`${name}:/data`]);
    assert.equal(service.secrets.includes('master_key'), own.includes('api'), name);
    const given = service.secrets.map((secret) => `/run/secrets/${secret}`).sort();
    const used = Object.values(env).filter((value) => value.startsWith('/run/secrets/'));
    assert.deepEqual(used.sort(), given, name);
  }
  assert.deepEqual([...new Set(roles)].sort(), ['api', 'collect', 'load', 'work']);
  const volumes = Object.values(compose.services).flatMap((service) => service.volumes);
  const named = volumes.map((each) => each.split(':')[0]).filter((each) => !each.startsWith('.'));
  assert.deepEqual(named.sort(), Object.keys(compose.volumes).sort());
});

/** What collectors take in beside each site's own two paths. */
const TAKEN_IN = [
  '/c/sale',
  '/p.gif',
  '/t.js',
  '/api/v1/events',
  '/api/event',
  '/api/send',
  '/api/batch',
  '/matomo.php',
  '/piwik.php',
  '/mp/collect',
  '/debug/mp/collect',
  ...['track', 'page', 'identify', 'group', 'alias', 'batch', 't', 'p', 'i', 'g', 'a', 'b'].map(
    (kind) => `/v1/${kind}`,
  ),
  '/v1/projects/KEY/settings',
];

test('the proxy before several nodes sends collectors what they take in, and nothing else', async () => {
  const caddy = await read('deploy/docker/Caddyfile.nodes');
  const intake = new RegExp(/path_regexp (\S+)/.exec(caddy)[1]);
  const server = await startServer();
  const api = client(() => server.url);
  const site = await setUp(api);
  for (const taken of [...TAKEN_IN, site.script_path, site.events_path]) {
    assert.match(taken, intake);
  }
  for (const other of ['/', '/verify-email', '/live', '/f/abc', '/api/v1/leads', '/readyz', '/assets/index.js']) {
    assert.doesNotMatch(other, intake);
  }
  assert.match(caddy, /respond \/internal\/\* 404/);
  await server.stop();
});

test('pods of several nodes have names, disks and budgets of their own, on different machines', async () => {
  const all = await documents('deploy/kubernetes/nodes.yaml');
  const sets = all.filter((each) => each.kind === 'StatefulSet');
  const secrets = { 'store-url': 'postgres://t@db/t', 'warehouse-url': 'http://t:p@facts:8123/t' };
  const roles = [];
  for (const set of sets) {
    const { labels } = set.spec.template.metadata;
    const { spec } = set.spec.template;
    const [container] = spec.containers;
    const env = {};
    for (const { name, value, valueFrom } of container.env) {
      const told = value ?? secrets[valueFrom.secretKeyRef?.key] ?? `${set.metadata.name}-0`;
      env[name] = told.replace(/\$\((\w+)\)/g, (_, other) => env[other]);
    }
    const own = rolesOf(env);
    roles.push(...own);
    assert.equal(env.THROUGHLINE__NODE__ADDRESS, `http://${set.metadata.name}-0.${set.spec.serviceName}:8080`);
    const headless = all.find((each) => each.kind === 'Service' && each.metadata.name === set.spec.serviceName);
    assert.deepEqual([headless.spec.clusterIP, headless.spec.selector], ['None', labels]);
    const items = spec.volumes.find((each) => each.name === 'secrets').secret.items.map((item) => item.path);
    assert.equal(items.includes('master.key'), own.includes('api'));
    for (const value of Object.values(env)) {
      if (value.startsWith('/secrets/')) assert.ok(items.includes(path.basename(value)), value);
    }
    const [apart] = spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    assert.deepEqual(apart.labelSelector.matchLabels, labels);
    const budget = all.find(
      (each) => each.kind === 'PodDisruptionBudget' && each.metadata.name === set.metadata.name,
    );
    assert.deepEqual([budget.spec.maxUnavailable, budget.spec.selector.matchLabels], [1, labels]);
    assert.ok(set.spec.replicas > 1);
    const places = [...spec.volumes, ...set.spec.volumeClaimTemplates.map((each) => each.metadata)];
    assert.deepEqual(
      container.volumeMounts.map((each) => each.name).sort(),
      places.map((each) => each.name).sort(),
    );
  }
  assert.deepEqual([...new Set(roles)].sort(), ['api', 'collect', 'load', 'work']);
  const ingress = all.find((each) => each.kind === 'Ingress');
  const { paths } = ingress.spec.rules[0].http;
  for (const taken of TAKEN_IN) {
    const rule = paths.find(({ path: start, pathType }) =>
      pathType === 'Exact' ? taken === start : taken.startsWith(start),
    );
    assert.equal(rule.backend.service.name, 'throughline-collect-front', taken);
  }
  for (const { backend } of paths) {
    const service = all.find((each) => each.kind === 'Service' && each.metadata.name === backend.service.name);
    assert.ok(service, backend.service.name);
  }
});
