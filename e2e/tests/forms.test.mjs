// The door for HTML forms: who may send, what is taken, and where the visitor goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { client, setUp } from '../lib/api.mjs';
import { startServer } from '../lib/server.mjs';

const home = 'https://optics.example';
const page = `${home}/lenses?color=blue`;
const api = client(() => server.url);
let server;
let door;

before(async () => {
  server = await startServer({ env: { THROUGHLINE__COLLECT__FORM_RATE: '0' } });
  const site = await setUp(api);
  door = `/f/${site.public_key}`;
});
after(() => server?.stop());

/** Sends a form as a browser does from a page of the site; answers what a page could see. */
async function send(fields, { path = door, method = 'POST', headers = {} } = {}) {
  const response = await fetch(server.url + path, {
    method,
    redirect: 'manual',
    headers: { Origin: home, Referer: page, ...headers },
    body: method === 'POST' && !(fields instanceof Object) ? fields : fields && new URLSearchParams(fields),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    location: response.headers.get('location'),
    shared: response.headers.get('access-control-allow-origin'),
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** Sends JSON as a script of the page does. */
function sendJson(body, headers = {}) {
  const kind = { 'Content-Type': 'application/json', Accept: 'application/json' };
  return send(JSON.stringify(body), { headers: { ...kind, ...headers } });
}

async function leads() {
  return (await api.must('GET', '/leads?limit=100')).items;
}

/** What a form with these fields leaves behind. */
async function leadOf(sending) {
  const known = new Set((await leads()).map((lead) => lead.id));
  const answer = await sending();
  const added = (await leads()).filter((lead) => !known.has(lead.id));
  assert.ok(added.length <= 1);
  return { answer, lead: added[0] };
}

test('a form sent in parts is a lead of its texts; a file in it is left out', async () => {
  const form = new FormData();
  form.set('name', 'Анна');
  form.set('phone', '+79165550077');
  form.set('size "frame"', 'M');
  form.set('throughline_url', '');
  form.set('redirect', '/thanks');
  form.set('prescription', new Blob(['name=never']), 'eyes.txt');
  const sendForm = (headers) =>
    fetch(server.url + door, { method: 'POST', redirect: 'manual', headers: { Origin: home, ...headers }, body: form });
  const { answer, lead } = await leadOf(() => sendForm({ Referer: page }));
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, `${home}/thanks`]);
  assert.deepEqual([lead.name, lead.phone], ['Анна', '+79165550077']);
  const told = await sendForm({ Accept: 'application/json' });
  assert.deepEqual([told.status, (await told.json()).duplicate_of], [201, lead.id]);
  form.set('throughline_url', 'https://spam.example');
  const trapped = await leadOf(() => sendForm({ Referer: page }));
  assert.deepEqual([trapped.answer.status, trapped.lead], [303, undefined]);
  form.set('prescription', new Blob(['x'.repeat(600_000)]), 'eyes.pdf');
  assert.equal((await sendForm({ Accept: 'application/json' })).status, 413);
});

test('a form sends the visitor back to its page, or where it says on the site', async () => {
  const wishes = {
    '': page,
    '/thanks': `${home}/thanks`,
    'https://optics.example/thanks?a=1': 'https://optics.example/thanks?a=1',
    'https://www.optics.example/thanks': 'https://www.optics.example/thanks',
    'https://evil.example/': page,
    '//evil.example/': page,
    'https://optics.example@evil.example/': page,
    'https://optics.example.evil.example/': page,
    'javascript:alert(1)': page,
    'thanks': page,
    '/спасибо?имя=Анна К': `${home}/${encodeURI('спасибо?имя=Анна К')}`,
  };
  for (const [redirect, location] of Object.entries(wishes)) {
    const answer = await send({ phone: '+7 495 000-00-01', redirect });
    assert.deepEqual([answer.status, answer.location], [303, location], redirect);
  }
  const hidden = await send({ phone: '+7 495 000-00-01' }, { headers: { Origin: 'null', Referer: '' } });
  assert.deepEqual([hidden.status, hidden.location], [303, `${home}/`]);
});

test('a script may read the answer, also when it is a refusal, and asks first', async () => {
  const asked = await send(undefined, {
    method: 'OPTIONS',
    headers: { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' },
  });
  assert.deepEqual([asked.status, asked.shared], [204, home]);
  assert.match(asked.headers.get('access-control-allow-headers'), /content-type/);
  assert.match(asked.headers.get('access-control-allow-methods'), /POST/);
  assert.match(asked.headers.get('vary'), /origin/i);

  const taken = await sendJson({ name: 'Anna', phone: '+7 495 000-00-02' });
  assert.deepEqual([taken.status, taken.shared, typeof taken.body.id], [201, home, 'number']);
  const refused = await sendJson({});
  assert.deepEqual([refused.status, refused.shared, refused.body.code], [422, home, 'invalid_input']);
  assert.equal(refused.body.field, 'phone');
  const broken = await send('{oops', { headers: { 'Content-Type': 'application/json' } });
  assert.deepEqual([broken.status, broken.shared, broken.body.errors[0].code], [422, home, 'bad_json']);
});

test('pages of other sites and unknown keys are refused and learn nothing', async () => {
  const before = (await leads()).length;
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: '', Referer: 'https://evil.example/copy' },
    { Origin: 'https://optics.example.evil.example' },
  ]) {
    for (const method of ['POST', 'OPTIONS']) {
      const fields = method === 'POST' ? { phone: '+7 495 000-00-03' } : undefined;
      const answer = await send(fields, { method, headers });
      assert.deepEqual([answer.status, answer.shared], [403, null], JSON.stringify(headers));
    }
  }
  const unknown = await send({ phone: '+7 495 000-00-03' }, { path: '/f/nobody' });
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'not_found']);
  assert.equal((await send(undefined, { method: 'GET' })).status, 405);
  assert.equal((await leads()).length, before);
});

test('too large a body is refused in words that the page can read', async () => {
  const before = (await leads()).length;
  const answer = await send({ phone: '+7 495 000-00-04', message: 'x'.repeat(300_000) });
  assert.deepEqual([answer.status, answer.shared, answer.body.code], [413, home, 'body_too_large']);
  assert.equal((await leads()).length, before);
});

test('a phone or an e-mail that cannot be read is kept as it was written', async () => {
  const { answer, lead } = await leadOf(() => send({ phone: 'call me', email: 'anna@', name: 'Anna' }));
  assert.equal(answer.status, 303);
  assert.deepEqual([lead.phone, lead.email], ['call me', 'anna@']);
  const empty = await leadOf(() => send({ message: ' ', phone: '  ' }));
  assert.deepEqual([empty.answer.status, empty.answer.body.field], [422, 'phone']);
  assert.equal(empty.lead, undefined);
});

test('whoever fills in the trap is answered like a person and leaves no lead', async () => {
  const trap = { phone: '+7 495 000-00-05', throughline_url: 'https://spam.example' };
  const form = await leadOf(() => send(trap));
  assert.deepEqual([form.answer.status, form.answer.location, form.lead], [303, page, undefined]);
  const script = await leadOf(() => sendJson(trap));
  assert.deepEqual([script.answer.status, script.lead], [201, undefined]);
  const person = await leadOf(() => sendJson({ ...trap, throughline_url: '' }));
  assert.equal(person.lead.phone, '+74950000005');
});

test('JSON and a form mean the same lead', async () => {
  const fields = { name: 'Анна', phone: '+7 495 000-00-06', email: 'anna@optics.example', message: 'Hi & bye' };
  const visit = '0000000000007';
  const shown = ({ lead }) => [lead.name, lead.phone, lead.email, lead.message];
  const form = await leadOf(() => send({ ...fields, throughline_visit: visit }));
  const script = await leadOf(() => sendJson({ ...fields, throughline_visit: visit }));
  assert.deepEqual(shown(form), shown(script));
  const [first, second] = [form, script].map(({ lead }) => api.must('GET', `/leads/${lead.id}`));
  const said = ({ name, phone, email, message, visit: of }) => ({ name, phone, email, message, of });
  assert.deepEqual(said(await first), said(await second));
});

test('a body of another kind is refused with the kinds that are read', async () => {
  const headers = { Origin: home, 'Content-Type': 'application/xml' };
  const response = await fetch(server.url + door, { method: 'POST', headers, body: '<phone>+7 495</phone>' });
  const problem = await response.json();
  assert.deepEqual([response.status, problem.code], [415, 'unsupported_media_type']);
  assert.match(problem.detail, /urlencoded, multipart\/form-data or JSON, not application\/xml/);
});

test('a visitor reads in their own language why a form was not taken', async () => {
  const headers = { Accept: 'text/html,*/*;q=0.8', 'Accept-Language': 'pl-PL,pl;q=0.9' };
  const refused = await send({ phone: ' ' }, { headers });
  assert.equal(refused.status, 422);
  assert.match(refused.headers.get('content-type'), /^text\/html/);
  assert.match(refused.body, /lang="pl".*Formularz nie został wysłany.*<li>Telefon<\/li>/s);
  const unknown = await send({ phone: '+7 495 000-00-03' }, { path: '/f/nobody', headers });
  assert.equal(unknown.status, 404);
  assert.match(unknown.body, /Formularz nie został wysłany/);
});

test('one address may not flood the door', async () => {
  const flooded = await startServer({ env: { THROUGHLINE__COLLECT__FORM_BURST: '3' } });
  try {
    const site = await setUp(client(() => flooded.url));
    const sendOne = () =>
      fetch(`${flooded.url}/f/${site.public_key}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Origin: home },
        body: new URLSearchParams({ phone: '+7 495 000-00-09' }),
      });
    const answers = await Promise.all(Array.from({ length: 30 }, sendOne));
    const refused = answers.filter((answer) => answer.status === 429);
    assert.ok(refused.length > 0 && refused.length <= 27, `${refused.length} refused`);
    assert.ok(Number(refused[0].headers.get('retry-after')) > 0);
  } finally {
    await flooded.stop();
  }
});
