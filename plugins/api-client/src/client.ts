import createFetchClient, { type Client } from 'openapi-fetch';
import { apiError } from './errors.js';
import { type EventOptions, readEvents, type SluiceEvent } from './events.js';
import type { paths } from './schema.js';

/** Where the server is, and who asks. */
export interface ClientOptions {
  /** The server's address with its base path, where it has one: `http://127.0.0.1:8080`. */
  readonly url: string | URL;
  /** `api.key`, or one of `api.keys`. */
  readonly key?: string;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch;
}

/** What a list answers. */
interface ListAnswer {
  readonly responses: { readonly 200: { readonly content: { readonly 'application/json': { readonly items: readonly unknown[] } } } };
}

/** The calls that answer lists. */
export type ListPath = { [P in keyof paths]: paths[P] extends { readonly get: ListAnswer } ? P : never }[keyof paths];

/** What the list at `P` is of. */
export type ItemOf<P extends ListPath> = paths[P]['get'] extends ListAnswer
  ? paths[P]['get']['responses'][200]['content']['application/json']['items'][number]
  : never;

/** Parameters of a list but for `cursor`, and how it is asked. */
export interface ListOptions<P extends ListPath> {
  readonly path?: paths[P]['get']['parameters'] extends { readonly path: infer T } ? T : never;
  readonly query?: Omit<NonNullable<paths[P]['get']['parameters']['query']>, 'cursor'>;
  readonly signal?: AbortSignal;
}

/** The API: `GET`, `POST` and `DELETE` with its paths, and what takes more than one request. */
export interface SluiceClient extends Pick<Client<paths>, 'GET' | 'POST' | 'DELETE'> {
  /** All items of a list, page by page. Throws `ApiError`. */
  list<P extends ListPath>(path: P, options?: ListOptions<P>): AsyncGenerator<ItemOf<P>, void, undefined>;
  /** Events as they happen. A connection that breaks is made again, and goes on where it was. Throws `ApiError` where the server refuses. */
  events(options?: EventOptions): AsyncGenerator<SluiceEvent, void, undefined>;
}

/** A call whose types nobody needs: `list` has its own. */
type PlainGet = (path: string, init: object) => Promise<{ data?: { items: unknown[]; next?: string }; error?: unknown; response: Response }>;

/** Makes a client. Nothing is asked yet. */
export function createClient({ url, key, fetch: given = fetch }: ClientOptions): SluiceClient {
  const base = `${String(url).replace(/\/+$/, '')}/api/v1`;
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  // Browsers want it called as their own.
  const ask: typeof fetch = (...request) => given(...request);
  const { GET, POST, DELETE } = createFetchClient<paths>({ baseUrl: base, headers, fetch: ask });

  async function* list<P extends ListPath>(path: P, options: ListOptions<P> = {}): AsyncGenerator<ItemOf<P>, void, undefined> {
    let cursor: string | undefined;
    do {
      const params = { path: options.path, query: { ...options.query, ...(cursor === undefined ? {} : { cursor }) } };
      const { data, error, response } = await (GET as unknown as PlainGet)(path, { params, ...(options.signal && { signal: options.signal }) });
      if (data === undefined) throw apiError(response.status, error);
      yield* data.items as ItemOf<P>[];
      cursor = data.next;
    } while (cursor !== undefined);
  }

  return { GET, POST, DELETE, list, events: (options = {}) => readEvents({ base, headers, fetch: ask }, options) };
}
