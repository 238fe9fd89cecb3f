// The HTTP interface as a test uses it.

/** A client with a session of its own. */
export function client(url) {
  let cookie = '';
  async function call(method, path, { body, headers = {}, form } = {}) {
    const response = await fetch(`${url()}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(cookie ? { Cookie: cookie } : {}),
        ...headers,
      },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const set = response.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0];
    const text = await response.text();
    const json = text && /[/+]json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: json };
  }
  async function must(method, path, options) {
    const answer = await call(method, path, options);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }
  return { call, must, get cookie() { return cookie; } };
}

export const owner = { email: 'owner@optics.example', password: 'a long password', name: 'Olga' };

/** The first person, workspace and site. */
export async function setUp(api, workspace = {}) {
  await api.must('POST', '/setup', {
    body: {
      ...owner,
      language: 'en',
      workspace: {
        name: 'Optics',
        time_zone: 'Europe/Moscow',
        currency: 'RUB',
        week_start: 'monday',
        vat_mode: 'net',
        vat_rate_percent: '20',
        ...workspace,
      },
    },
  });
  return api.must('POST', '/sites', {
    body: { name: 'Optics', domain: 'optics.example', consent_mode: 'cookie' },
  });
}

export async function apiKey(api, scopes = ['all']) {
  const key = await api.must('POST', '/api-keys', { body: { name: 'test', scopes } });
  return { Authorization: `Bearer ${key.secret}` };
}

/** Imports a file and waits until it is done. */
export async function importFile(api, kind, name, text, options) {
  const form = new FormData();
  form.set('kind', kind);
  form.set('file', new Blob([text]), name);
  const preview = await api.must('POST', '/imports/preview', { form });
  const started = await api.must('POST', '/imports', {
    body: { upload_id: preview.upload_id, kind, options: { ...preview.options, ...options } },
  });
  return eventually(async () => {
    const now = await api.must('GET', `/imports/${started.id}`);
    return ['done', 'failed'].includes(now.state) ? now : undefined;
  });
}

/** Asks again until there is an answer; gives up after a time that only a broken server needs. */
export async function eventually(ask, { tries = 200 } = {}) {
  for (let left = tries; left > 0; left -= 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen');
}

/** Asks until what `check` asserts holds, and answers with it; in the end that assertion fails. */
export async function eventuallyHolds(check, { tries = 200 } = {}) {
  let failed;
  for (let left = tries; left > 0; left -= 1) {
    try {
      return await check();
    } catch (error) {
      if (error.code !== 'ERR_ASSERTION') throw error;
      failed = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw failed;
}

/** A report's cells by row label. */
export async function table(api, question) {
  const report = await api.must('POST', '/reports/query', { body: question });
  const metrics = report.columns.filter((column) => column.kind === 'metric').map((c) => c.key);
  const shape = (cells) => Object.fromEntries(cells.map((cell, at) => [metrics[at], cell.value]));
  return {
    report,
    totals: report.totals && shape(report.totals),
    rows: Object.fromEntries(
      report.rows.map((row) => [row.dimensions.map((d) => d.label).join(' / '), shape(row.cells)]),
    ),
  };
}

/** The signed-in person chooses a language. */
export async function speak(api, language) {
  const { user } = await api.must('GET', '/me');
  await api.must('PATCH', '/me', { headers: { 'If-Match': user.etag }, body: { language } });
}

/** The tag of what an address speaks of; some are known by their lists. */
export async function etagOf(api, address) {
  if (address.startsWith('/exchange-rates')) address = '/exchange-rates';
  address = address.replace('/assignee', '');
  const listed = /^(\/channels|\/deals|\/teams|\/service-accounts)\/(\d+)$/;
  const [, list, id] = address.match(listed) ?? [];
  if (!list) return (await api.call('GET', address)).headers.get('etag');
  return (await api.must('GET', list)).items.find((item) => String(item.id) === id).etag;
}
