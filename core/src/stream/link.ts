import { SluiceError } from '../error.js';
import { type ExtensionPoint, extensionPoint } from '../plugin/service.js';
import type { ListenAddress } from '../transport/types.js';
import type { CloseReason } from './close-reason.js';

/**
 * What a client is asked for: one try, from connecting to its end. A pull publishes at `path` (trusted, and with `lost` as its end, so that viewers
 * stay for the next try); a push is a viewer of it. Who wants another try opens another link.
 */
export interface LinkOptions {
  /** Path of the stream here. */
  readonly path: string;
  /** Where the stream is there, or is to be; with user and password where it needs them. */
  readonly url: string;
  /** Added to the URL's query, where it has not got these names. */
  readonly query?: Readonly<Record<string, string>>;
  /** Where the protocol has a choice. Default `auto`. */
  readonly transport?: LinkTransport;
  /** Longest time until it is live, and longest time in which a server takes nothing of a push, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest time in which a pull brings nothing, in milliseconds. Default `timeoutMs`. */
  readonly silenceMs?: number;
  /** Whether an address may be connected to: to be given to `connectTcp` for every connection, those of redirects too. Left out, any may. */
  readonly allow?: (address: string) => boolean;
  /** Media flows: the first of it came (pull), or the server takes it (push). Called once at most. */
  readonly onLive: () => void;
  /** It is over. Called once. Without an error, it was ended from here: `close`, or whoever ended the stream. */
  readonly onEnd: (error?: SluiceError) => void;
}

/** How media travels. `auto`: UDP is tried where it is usual, TCP where that fails. */
export type LinkTransport = 'auto' | 'tcp' | 'udp';

/** A running pull or push. */
export interface Link {
  /** Bytes of the wire so far. */
  readonly bytes: number;
  /** Ends it; the other side is told. `onEnd` is called. Safe to call twice, and while it connects. */
  close(): void;
}

/** Where a URL leads. */
export interface LinkTarget {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** True for TLS. */
  readonly secure: boolean;
  /** Path of the stream as a server of ours would read it, not yet checked. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** The client of a protocol: streams from other servers, and to them. What fails is told to `onEnd`; only a bad URL is thrown (status 400). */
export interface StreamClient {
  /** Its plugin's name. */
  readonly name: string;
  /** Schemes of its URLs, in lower case and without the colon. */
  readonly schemes: readonly string[];
  /** Reads a URL. Throws with status 400. */
  target(url: string): LinkTarget;
  /** Where an engine that listens at `addresses` has the stream at `path`; undefined where it does not speak the protocol. Used by the rehearsal. */
  localUrl?(addresses: readonly ListenAddress[], path: string): string | undefined;
  /** Publishes a stream of another server here. Throws as `target` does. */
  pull?(options: LinkOptions): Link;
  /** Sends a stream of ours to another server. Throws as `target` does. */
  push?(options: LinkOptions): Link;
}

/** Clients of all protocols: plugins add theirs. */
export const streamClients: ExtensionPoint<StreamClient> = extensionPoint<StreamClient>('stream-clients');

/** The client for a URL, by its scheme. */
export function clientFor(url: string, clients: readonly StreamClient[]): StreamClient | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : clients.find(({ schemes }) => schemes.includes(scheme));
}

/** What `onEnd` of a pull is told when the engine ended its publisher: nothing where somebody wanted it. */
export function pullEnd({ code, message }: CloseReason): SluiceError | undefined {
  if (code === 'timeout') return new SluiceError('ERR_PULL_SILENT', message ?? 'nothing received', { status: 504 });
  if (code === 'replaced') return new SluiceError('ERR_PULL_REPLACED', 'another publisher took the path over', { status: 409 });
  return undefined;
}
