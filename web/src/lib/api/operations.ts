// What each address of the API takes and gives, worked out from the generated document.
import type { components, paths } from './schema';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Base = '/api/v1';

/** The addresses that know a method, without the part that all of them begin with. */
export type PathOf<M extends Method> = {
  [Full in keyof paths]: paths[Full][M] extends { responses: unknown }
    ? Full extends `${Base}${infer Rest}`
      ? Rest
      : never
    : never;
}[keyof paths];

type Operation<M extends Method, P extends string> = `${Base}${P}` extends infer Full extends
  keyof paths
  ? paths[Full][M]
  : never;

/** The writes that are done once for a key. */
export type OncePath = {
  [P in PathOf<'post'>]: Operation<'post', P> extends { parameters: { header?: never } }
    ? never
    : Operation<'post', P> extends { parameters: { header?: { 'Idempotency-Key'?: string } } }
      ? P
      : never;
}[PathOf<'post'>];

type Success = 200 | 201;

/** The interface makes a new key for every act, so no answer of it is lost. */
type AnswerLost = components['schemas']['AnswerLost'];

/** The JSON of a good answer; nothing where there is no content. */
export type Given<M extends Method, P extends string> =
  Operation<M, P> extends { responses: infer Responses }
    ? Responses[keyof Responses & Success] extends {
        content: { 'application/json': infer Body };
      }
      ? Exclude<Body, AnswerLost>
      : undefined
    : never;

type PathPart<O> = O extends { parameters: { path: infer Path } } ? { path: Path } : object;

type QueryPart<O> = O extends { parameters: { query?: infer Query } }
  ? [NonNullable<Query>] extends [never]
    ? object
    : { query?: NonNullable<Query> }
  : object;

type EtagPart<O> = O extends { parameters: { header: { 'If-Match': string } } }
  ? { etag: string }
  : object;

type BodyPart<O> = O extends { requestBody: { content: infer Content } }
  ? Content extends { 'application/json': infer Body }
    ? { body: Body }
    : { form: FormData }
  : object;

interface Free {
  signal?: AbortSignal;
  accept?: string;
}

/** Put together for each operation by itself: parts of all of them would be far too many. */
type OptionsOf<O> = O extends unknown
  ? PathPart<O> & QueryPart<O> & EtagPart<O> & BodyPart<O> & Free
  : never;

type Options<M extends Method, P extends string> = OptionsOf<Operation<M, P>>;

/** The options of a request; they may be left out when nothing in them is needed. */
export type Asked<M extends Method, P extends string> =
  object extends Options<M, P> ? [options?: Options<M, P>] : [options: Options<M, P>];

/** The query that an address takes. */
export type QueryOf<M extends Method, P extends PathOf<M>> =
  QueryPart<Operation<M, P>> extends { query?: infer Query } ? NonNullable<Query> : never;
