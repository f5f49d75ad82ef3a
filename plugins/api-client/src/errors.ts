import type { components } from './schema.js';

/** An answer of the API that is an error: its status, its code (`ERR_STREAM_NOT_FOUND`) and its message. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Makes the error from an answer's body, which may be of a proxy that does not know the API. */
export function apiError(status: number, body: unknown): ApiError {
  const { code = 'ERR_HTTP', message = `HTTP ${status}` } = (body as Partial<components['schemas']['Error']> | undefined)?.error ?? {};
  return new ApiError(status, code, message);
}

/** What a call answers: `data`, or `error`. */
interface Outcome<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of a call. Throws `ApiError` where it failed. */
export async function unwrap<T>(call: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw apiError(response.status, error);
  return data as T;
}
