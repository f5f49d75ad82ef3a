import { findHeader } from '@sluice/plugin-wire-text';
import { cseqOf, RTSP_VERSION, type RtspRequest, sessionIdOf } from './rtsp-message.js';

/** Where a session stands (RFC 2326 A.2). `announced` is the ready state of a publisher. */
export type SessionState = 'init' | 'ready' | 'playing' | 'announced' | 'recording';

const ANY: readonly SessionState[] = ['init', 'ready', 'playing', 'announced', 'recording'];

/** In which states a method may be used (RFC 2326 A.2). */
const ALLOWED: Readonly<Record<string, readonly SessionState[]>> = {
  OPTIONS: ANY,
  DESCRIBE: ANY,
  GET_PARAMETER: ANY,
  SET_PARAMETER: ANY,
  ANNOUNCE: ['init'],
  SETUP: ['init', 'ready', 'announced'],
  PLAY: ['ready', 'playing'],
  PAUSE: ['playing', 'recording'],
  RECORD: ['announced', 'recording'],
  TEARDOWN: ['ready', 'playing', 'announced', 'recording'],
};

/** Methods for `Public` (RFC 2326 12.30). */
export const PUBLIC_METHODS = Object.keys(ALLOWED).join(', ');

/** A medium that was set up. */
export interface SetUp {
  /** Track id of a player, index of the medium of a publisher. */
  readonly medium: number;
  readonly transport: 'tcp' | 'udp';
}

/**
 * The state of the one session that a connection may have: which request may come when, and how it is answered where it may not. Sessions live and end
 * with their connection, so that an id is of no use to anybody else.
 */
export class ServerSession {
  readonly #makeId: () => string;
  #state: SessionState = 'init';
  #id: string | undefined;
  #setUps: SetUp[] = [];

  /** `makeId` gives a new, random session id. */
  constructor(makeId: () => string) {
    this.#makeId = makeId;
  }

  get state(): SessionState {
    return this.#state;
  }
  /** From the first SETUP to the end. */
  get id(): string | undefined {
    return this.#id;
  }
  /** In the order of SETUP. */
  get setUps(): readonly SetUp[] {
    return this.#setUps;
  }

  /** The status that a request must be refused with, or `undefined` where it may go on. */
  check(request: RtspRequest): number | undefined {
    if (request.version !== RTSP_VERSION) return 505;
    const allowed = Object.hasOwn(ALLOWED, request.method) ? ALLOWED[request.method] : undefined;
    if (allowed === undefined) return 501;
    if (cseqOf(request) === undefined) return 400;
    // None of the options that could be required is known here (RFC 2326 12.32).
    if (findHeader(request.headers, 'require') !== undefined) return 551;
    const asked = sessionIdOf(request);
    // A client that does not say which session can only mean that of its connection.
    if (asked !== undefined && asked !== this.#id) return 454;
    if (request.method === 'TEARDOWN' && this.#state === 'init') return 454;
    if (!allowed.includes(this.#state)) return 455;
    if ((request.method === 'RECORD' || request.method === 'PLAY') && this.#setUps.length === 0) return 455;
    return undefined;
  }

  /** Whether a medium may be set up this way: its status, or `undefined`. All media of a session go the same way. */
  checkSetUp(setUp: SetUp): number | undefined {
    if (this.#setUps.some(({ medium }) => medium === setUp.medium)) return 455;
    return this.#setUps.some(({ transport }) => transport !== setUp.transport) ? 461 : undefined;
  }

  /** A description was taken: SETUPs are those of a publisher from now on. */
  announced(): void {
    this.#state = 'announced';
  }

  /** A medium was set up; the first one makes the session's id. */
  addSetUp(setUp: SetUp): void {
    this.#setUps.push(setUp);
    this.#id ??= this.#makeId();
    if (this.#state === 'init') this.#state = 'ready';
  }

  /** PLAY, RECORD or PAUSE was done. */
  running(runs: boolean): void {
    const records = this.#state === 'announced' || this.#state === 'recording';
    if (records) this.#state = runs ? 'recording' : 'announced';
    else this.#state = runs ? 'playing' : 'ready';
  }

  /** It is over; the connection may begin another. */
  reset(): void {
    this.#state = 'init';
    this.#id = undefined;
    this.#setUps = [];
  }
}
