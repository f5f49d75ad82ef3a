import type { Socket } from 'node:net';
import type { Ports } from '../e2e/support/server.js';

/** A row of the scorecard. */
export interface ScorecardTest {
  /** `B1`, `S4` … */
  readonly id: string;
  readonly title: string;
  /** Settings (`KEY=VALUE`) that its server is to have. Tests in a row with the same ones share a server. */
  readonly settings?: readonly string[];
  /** Query that publisher and viewer of the reference stream put behind its URL, where `settings` ask for a token: `token=…`. */
  readonly referenceQuery?: string;
  /** Programs it cannot do without: where one is missing the row has failed. */
  readonly programs?: readonly string[];
  /** Files the same. */
  readonly files?: readonly string[];
  /** Does what the row says. Resolves with the figure that was seen; throws with what went wrong. The invariants are looked at by whoever runs it. */
  run(site: Site): Promise<string>;
}

/** How much a test does: `quick` proves that it works, `full` is what the scorecard says. */
export type Effort = 'quick' | 'usual' | 'full';

/** A server in a process of its own, as an operator starts it, and what a test may do to it. Without the reference stream it is `Fresh`. */
export interface Fresh {
  readonly ports: SitePorts;
  /** Key of the API, role `admin`. */
  readonly apiKey: string;
  readonly pid: number;
  /** Its data folder. */
  readonly data: string;
  /** Fetches `/path` of the HTTP port, with the key of the API unless `init.headers` has an `authorization` (an empty one: none at all). */
  http(path: string, init?: RequestInit): Promise<Response>;
  /** Calls `/api/v1` + path. */
  api<T>(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: T }>;
  url(protocol: 'http' | 'ws' | 'rtmp' | 'rtsp', path: string): string;
  /** All that it wrote so far. */
  log(): string;
  /** `/metrics`: `name{label="value"}` and its value. */
  counters(): Promise<ReadonlyMap<string, number>>;
  /** Bytes of memory, CPU seconds, file descriptors now. */
  usage(): Usage;
  /** Connects to one of its ports, or to any other of this machine. */
  tcp(port: number, options?: TcpOptions): Connection;
}

/** The server that has the reference stream, which the invariants are about. */
export interface Site extends Fresh {
  readonly effort: Effort;
  /** The one of three that the effort asks for. */
  choose<T>(quick: T, usual: T, full: T): T;
  /** Path of the reference stream, which nothing may disturb. */
  readonly reference: string;
  /** Starts another server for one test: `all-in-one` on free ports with further settings. It is stopped after the test, at the latest. */
  startFresh(settings?: readonly string[]): Promise<Fresh & { stop(): Promise<void> }>;
  /** The longest gap of the reference stream and the p99 of /healthz since the last time this was asked for, in milliseconds. */
  seen(): Promise<Seen>;
}

/** Ports of a server; `rtspUdp` is RTP, RTCP is the next one. */
export interface SitePorts extends Ports {
  readonly rtspUdp: number;
}

/** What `/proc` says about a process. */
export interface Usage {
  readonly rssBytes: number;
  /** Of user and system together. */
  readonly cpuSeconds: number;
  /** That its main thread could have run and had no core, as others had them all. */
  readonly waitedSeconds: number;
  readonly fds: number;
  /** UDP sockets. */
  readonly udpSockets: number;
}

/** What publisher and viewer of the reference stream and a prober of /healthz saw. */
export interface Seen {
  readonly pictures: number;
  readonly longestGapMs: number;
  /** How often the viewer was cut. */
  readonly cuts: number;
  readonly healthP99Ms: number;
  /** Probes that were not answered 200. */
  readonly unhealthy: number;
  readonly probes: number;
}

/** Options of `tcp`. */
export interface TcpOptions {
  /** Our own address (`127.0.0.2` …). Default: any. */
  readonly from?: string;
  /** Bytes of what comes that are kept; the rest is counted only. Default 64 KiB. */
  readonly keepBytes?: number;
}

/** A bare TCP connection. */
export interface Connection {
  readonly socket: Socket;
  /** Resolves once all is given to the system (the other end reads), or the connection is closed. */
  send(bytes: Uint8Array | string): Promise<void>;
  /** What came so far. */
  received(): Buffer;
  /** Bytes that came so far. */
  receivedBytes(): number;
  /** Resolves with the milliseconds it lasted once the other end closed or reset it. */
  readonly closed: Promise<number>;
  isClosed(): boolean;
  /** True where the other end closes within the time. */
  closesWithin(ms: number): Promise<boolean>;
  /** True once `matches` of what came; false where the time is over or the connection closed before. */
  gets(matches: (received: Buffer) => boolean, ms: number): Promise<boolean>;
  close(): void;
}
