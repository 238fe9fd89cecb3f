// An error in the user's words: translated by its code, else as the server said it.
import type { ApiError } from '../api/client';
import { t, tOr } from './index.svelte';

export function errorText(error: ApiError): string {
  // What is wrong is said by the fields, where any is named.
  const [first] = error.errors;
  if (first !== undefined) {
    const text = tOr(`error.code.${first.code}`, first.detail);
    return first.row === undefined ? text : t('error.row', { row: first.row, text });
  }
  const fallback = error.detail === '' ? t('error.unknown') : error.detail;
  return tOr(`error.code.${error.code}`, fallback, {
    seconds: error.retryAfterSeconds ?? 60,
    code: error.code,
  });
}

/** The error of one field of a form, if the server named it. */
export function fieldError(error: ApiError | undefined, field: string): string | undefined {
  if (error === undefined) return undefined;
  const found = error.errors.find((each) => each.field === field);
  if (found !== undefined) return tOr(`error.code.${found.code}`, found.detail);
  return error.field === field ? errorText(error) : undefined;
}

/** An error that belongs to none of the form's fields. */
export function formError(
  error: ApiError | undefined,
  fields: readonly string[],
): string | undefined {
  if (error === undefined) return undefined;
  const named = [error.field, ...error.errors.map((each) => each.field)];
  const shown = named.some((field) => field !== undefined && fields.includes(field));
  return shown ? undefined : errorText(error);
}
