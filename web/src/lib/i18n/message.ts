// Turns a message pattern into text: `{name}` takes a value,
// `{count, plural, one {# lead} other {# leads}}` takes the language's plural form.

export type Params = Record<string, string | number>;

const PLURAL = /\{(\w+), plural, ((?:\w+ \{[^{}]*\} ?)+)\}/g;
const FORM = /(\w+) \{([^{}]*)\}/g;

export function render(
  pattern: string,
  params: Params,
  language: string,
  formatCount: (count: number) => string,
): string {
  return pattern
    .replace(PLURAL, (_whole, name: string, body: string) => {
      const count = Number(params[name] ?? 0);
      const forms = pluralForms(body);
      const category = new Intl.PluralRules(language).select(count);
      return (forms.get(category) ?? forms.get('other') ?? '').replace('#', formatCount(count));
    })
    .replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The plural categories each plural block of a pattern covers. */
export function pluralCategories(pattern: string): string[][] {
  return [...pattern.matchAll(PLURAL)].map((match) => [...pluralForms(match[2] ?? '').keys()]);
}

/** The names a pattern asks for. */
export function placeholders(pattern: string): string[] {
  const names = [...pattern.matchAll(/\{(\w+)(?:, plural|\})/g)].map((match) => match[1] ?? '');
  return [...new Set(names)].sort();
}

function pluralForms(body: string): Map<string, string> {
  return new Map([...body.matchAll(FORM)].map((match) => [match[1] ?? '', match[2] ?? '']));
}
