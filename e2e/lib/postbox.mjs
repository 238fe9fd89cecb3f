// A mail server of our own: takes what the program sends and hands it to the test.
import { once } from 'node:events';

import { SMTPServer } from 'smtp-server';

/**
 * Listens on a free port. `refuse` is told each recipient and answers the code to refuse it with,
 * or nothing to take the mail.
 */
export async function openPostbox({ refuse = () => undefined } = {}) {
  const mails = [];
  const waiting = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const code = refuse(address);
      if (code === undefined) return done();
      done(Object.assign(new Error('no such mailbox'), { responseCode: code }));
    },
    onData(stream, session, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, ...read(Buffer.concat(parts).toString('utf8')) });
        for (const look of waiting.splice(0)) look();
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${server.server.address().port}`,
    mails,
    /** The next mail to an address that says this; waits until it comes, and takes it out. */
    async next(address, subject) {
      for (;;) {
        const at = mails.findIndex((mail) => mail.to[0] === address && subject.test(mail.subject));
        if (at >= 0) return mails.splice(at, 1)[0];
        await new Promise((look) => waiting.push(look));
      }
    },
    close: () => new Promise((done) => server.close(done)),
  };
}

/** Subject, text and link of a mail in plain text. */
function read(source) {
  const [head, ...body] = source.split('\r\n\r\n');
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  const header = (name) => unfolded.match(new RegExp(`^${name}: (.*)$`, 'im'))?.[1] ?? '';
  const text = decoded(body.join('\n\n'), header('Content-Transfer-Encoding'));
  return { subject: words(header('Subject')), text, link: text.match(/https?:\/\/\S+#\S+/)?.[0] };
}

function decoded(body, encoding) {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  return quoted(body.replace(/=\r?\n/g, ''), '=');
}

/** A header's encoded words (RFC 2047). */
function words(header) {
  const joined = header.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, text) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64').toString('utf8')
      : quoted(text.replaceAll('_', ' '), '='),
  );
}

function quoted(text, sign) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === sign && /^[0-9A-F]{2}$/i.test(text.slice(at + 1, at + 3))) {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(...Buffer.from(text[at]));
  }
  return Buffer.from(bytes).toString('utf8');
}
