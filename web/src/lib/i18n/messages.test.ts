// The three languages say the same things: same keys, same values to fill in, right plural forms.
import { describe, expect, it } from 'vitest';
import en from './en.json';
import { placeholders, pluralCategories, render } from './message';
import pl from './pl.json';
import ru from './ru.json';

const languages: Record<string, Record<string, string>> = { en, ru, pl };

describe.each(Object.entries(languages))('%s', (tag, messages) => {
  it('has exactly the keys of English', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort());
  });

  it('leaves no message empty', () => {
    expect(Object.entries(messages).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('asks for the same values as English', () => {
    const differing = Object.entries(messages).filter(
      ([key, text]) =>
        String(placeholders(text)) !== String(placeholders(en[key as keyof typeof en] ?? '')),
    );
    expect(differing).toEqual([]);
  });

  it('covers every plural category of the language', () => {
    const needed = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    const lacking = Object.entries(messages).filter(([, text]) =>
      pluralCategories(text).some((forms) => needed.some((category) => !forms.includes(category))),
    );
    expect(lacking).toEqual([]);
  });

  it('does not shout', () => {
    expect(Object.entries(messages).filter(([, text]) => text.includes('!'))).toEqual([]);
  });
});

describe('render', () => {
  const count = (value: number): string => String(value);

  it.each([
    ['en', 1, '1 row'],
    ['en', 5, '5 rows'],
    ['ru', 1, '1 строка'],
    ['ru', 3, '3 строки'],
    ['ru', 11, '11 строк'],
    ['pl', 2, '2 wiersze'],
    ['pl', 12, '12 wierszy'],
  ])('%s counts %i', (tag, rows, expected) => {
    expect(render(languages[tag]?.['import.rows'] ?? '', { count: rows }, tag, count)).toBe(
      expected,
    );
  });

  it('keeps a placeholder nobody filled', () => {
    expect(render('{a} {b}', { a: 'x' }, 'en', count)).toBe('x {b}');
  });
});
