// Stopping a server that consists of many processes, as a machine that hangs does.
import { readFileSync } from 'node:fs';

/** The process and all that it has started, and what those have started. */
function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).flatMap((child) => family(Number(child)))];
}

export function hang(pid) {
  // The first one starts no others any more.
  process.kill(pid, 'SIGSTOP');
  for (const one of family(pid)) process.kill(one, 'SIGSTOP');
}

export function goOn(pid) {
  for (const one of family(pid).reverse()) process.kill(one, 'SIGCONT');
}
