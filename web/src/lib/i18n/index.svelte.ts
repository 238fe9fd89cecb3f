// The words of the product in the chosen language.
import type { Language } from '../api/types';
import en from './en.json';
import { render, type Params } from './message';

export type MessageKey = keyof typeof en;
export const LANGUAGES: { key: Language; title: string }[] = [
  { key: 'en', title: 'English' },
  { key: 'ru', title: 'Русский' },
  { key: 'pl', title: 'Polski' },
];

const STORAGE_KEY = 'throughline.language';

interface Words {
  language: Language;
  messages: Record<string, string>;
}

// English comes with the page; the others are fetched when chosen.
const loaders: Record<Language, () => Promise<Record<string, string>>> = {
  en: () => Promise.resolve(en),
  ru: async () => (await import('./ru.json')).default,
  pl: async () => (await import('./pl.json')).default,
};

const words = $state<{ now: Words }>({ now: { language: 'en', messages: en } });

export function language(): Language {
  return words.now.language;
}

export async function setLanguage(next: Language): Promise<void> {
  const messages = await loaders[next]();
  words.now = { language: next, messages };
  document.documentElement.lang = next;
  remember(next);
}

/** The language kept from last time, else the browser's, else English. */
export function preferredLanguage(): Language {
  const candidates = [recall(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  const known = candidates.find((tag) => LANGUAGES.some((entry) => entry.key === tag));
  return (known as Language | undefined) ?? 'en';
}

export function t(key: MessageKey, params: Params = {}): string {
  const { messages, language: tag } = words.now;
  const pattern = messages[key] ?? (en as Record<string, string>)[key] ?? key;
  return render(pattern, params, tag, (count) => new Intl.NumberFormat(tag).format(count));
}

/** For keys made from a server's code: the fallback is used when there is no such message. */
export function tOr(key: string, fallback: string, params: Params = {}): string {
  return key in en ? t(key as MessageKey, params) : fallback;
}

function remember(tag: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, tag);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function recall(): string | undefined {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
