// The customer's own site, as small as it gets.
import { createServer } from 'node:http';

/** Serves one page with `head` and `body` in it on a free port of localhost. */
export async function serveShop(head, body = '<p>Hello</p>') {
  const shop = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end(`<title>Shop</title>${head}${body}`);
  });
  await new Promise((resolve) => shop.listen(0, 'localhost', resolve));
  return shop;
}
