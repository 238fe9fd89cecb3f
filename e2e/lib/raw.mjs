// Requests that no well-behaved client sends, written byte by byte.
import net from 'node:net';

/**
 * Sends bytes and answers the status; `closed` where the server hung up without one, `silent` where
 * it did neither in time.
 */
export function rawStatus(url, bytes, { wait = 3_000 } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    const end = (otherwise = 'closed') => {
      socket.destroy();
      const status = text.match(/^HTTP\/1\.1 (\d{3})/);
      resolve(status ? Number(status[1]) : otherwise);
    };
    socket.setTimeout(wait, () => end('silent'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) end();
    });
    socket.on('end', () => end());
    socket.on('close', () => end());
    // The server may hang up while a huge head is still being written.
    socket.on('error', (error) => (error.code === 'ECONNREFUSED' ? reject(error) : end()));
  });
}

/** A request as text; a body gets its length. */
export function request(method, target, headers = {}, body = '') {
  const lines = Object.entries({ Host: 'optics.example', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`;
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`, 'latin1');
}
