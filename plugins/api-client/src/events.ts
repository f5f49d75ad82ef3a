import { ApiError, apiError } from './errors.js';
import type { components } from './schema.js';
import { createEventReader, type ServerSentEvent } from './server-sent-events.js';

/** An event of the server: `event.type` says what `event.data` is. Plugins tell of types that are not among these. */
export type SluiceEvent = components['schemas']['Event'];

/** The types of the contract. */
export type EventType = SluiceEvent['type'];

/** Which events, and from where on. */
export interface EventOptions {
  /** Types and patterns (`stream.*`). Left out: all. */
  readonly types?: readonly (EventType | (string & {}))[];
  /** Goes on after this event, as far as the server remembers. */
  readonly lastEventId?: string;
  /** Ends the loop. */
  readonly signal?: AbortSignal;
  /** Told whenever the connection stands, the first time and after every break. */
  readonly onOpen?: () => void;
  /** Told of every break, before the next try. */
  readonly onBreak?: (error: unknown) => void;
}

/** How to ask the server. */
export interface Connection {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The server says something every 15 s: one that is silent for three times as long is gone. */
const SILENCE_MS = 45_000;

/** Resolves after a while, or when the signal says so. */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** One connection: its events until it ends. Leaving the loop, silence and the signal close it. */
async function* readOnce(connection: Connection, options: EventOptions, lastEventId: string | undefined): AsyncGenerator<ServerSentEvent> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  options.signal?.addEventListener('abort', leave);
  let timer = setTimeout(leave, SILENCE_MS);
  try {
    const query = options.types === undefined ? '' : `?types=${encodeURIComponent(options.types.join(','))}`;
    const headers = { ...connection.headers, accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const response = await connection.fetch(`${connection.base}/events${query}`, { headers, signal: gone.signal });
    if (!response.ok) throw apiError(response.status, await response.json().catch(() => undefined));
    if (response.body === null) return;
    options.onOpen?.();
    const read = createEventReader();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(leave, SILENCE_MS);
      yield* read(decoder.decode(piece.value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', leave);
    gone.abort();
  }
}

/** Events as they happen, across breaks of the connection, until the signal says so. Throws `ApiError` where the server refuses (4xx). */
export async function* readEvents(connection: Connection, options: EventOptions): AsyncGenerator<SluiceEvent, void, undefined> {
  const { signal } = options;
  const over = (): boolean => signal?.aborted === true;
  let { lastEventId } = options;
  let waitMs = FIRST_WAIT_MS;
  while (!over()) {
    let cause: unknown;
    try {
      for await (const { id, data } of readOnce(connection, options, lastEventId)) {
        lastEventId = id ?? lastEventId;
        waitMs = FIRST_WAIT_MS;
        yield JSON.parse(data) as SluiceEvent;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) throw error;
      cause = error;
    }
    if (over()) return;
    options.onBreak?.(cause);
    await wait(waitMs, signal);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}
