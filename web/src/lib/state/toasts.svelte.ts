// Short messages that float for a moment, with at most one thing to do about each.

const SHOWN_MS = 6_000;
const TOASTS_MAX = 4;

export interface Toast {
  id: number;
  tone: 'good' | 'bad' | 'neutral';
  text: string;
  action?: { label: string; run: () => void };
}

export const toasts = $state<{ items: Toast[] }>({ items: [] });
let nextId = 1;

export function toast(
  text: string,
  tone: Toast['tone'] = 'neutral',
  action?: Toast['action'],
): void {
  const id = nextId;
  nextId += 1;
  toasts.items = [...toasts.items, { id, tone, text, action }].slice(-TOASTS_MAX);
  window.setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  toasts.items = toasts.items.filter((each) => each.id !== id);
}
