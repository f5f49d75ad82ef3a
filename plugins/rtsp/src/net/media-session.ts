import type { Socket } from 'node:net';
import type { CloseReason, Peer } from '@sluice/core';
import type { HeaderList } from '@sluice/plugin-wire-text';
import type { Reply } from './reply.js';
import type { RtspServerParts } from './server-parts.js';
import type { MediumTransport } from './set-up.js';
import type { UdpPair } from './udp-pair.js';

/** What a session asks of its connection. */
export interface SessionOwner {
  readonly parts: RtspServerParts;
  /** Address of the other end, as datagrams carry it. */
  readonly address: string;
  readonly socket: Socket;
  /** Fires when the connection is over. */
  readonly signal: AbortSignal;
  /** Sends bytes to the client. */
  send(bytes: Buffer): void;
  /** The client showed that it is there, by other means than a request. */
  alive(): void;
  /** The engine ended the session: the connection is closed. */
  ended(reason: CloseReason): void;
}

/** A medium that is being set up. */
export interface MediumRequest {
  /** Track id of a player, index of the medium of a publisher. */
  readonly medium: number;
  /** As sent by the client. */
  readonly uri: string;
  readonly transport: MediumTransport;
  /** Of a session over UDP. */
  readonly pair: UdpPair | undefined;
}

/** How PLAY and RECORD are done. */
export interface StartRequest {
  readonly peer: Peer;
  /** Makes the answer; where media follow on the connection, it must go before them. */
  answer(headers: HeaderList): Buffer;
}

/** What a connection does with media: it plays, or it publishes. */
export interface MediaSession {
  /** Path of the stream, as the client named it. */
  readonly path: string;
  /** The medium that the URL of a SETUP is about; 404 and 459 where it is about none. */
  mediumOf(uri: string): { readonly medium: number } | { readonly status: number };
  /** Takes a medium. Answers a status where it cannot. */
  setUp(request: MediumRequest): number | undefined;
  /** PLAY or RECORD. Without a reply, the answer was sent. */
  start(request: StartRequest): Promise<Reply | undefined>;
  /** PAUSE. */
  pause(): void;
  /** An interleaved frame. */
  interleaved(channel: number, payload: Buffer, receivedAtMs: number): void;
  /** Bytes came on the connection. */
  received(bytes: number): void;
  /** The socket has room again. */
  drained(): void;
  /** To be called a few times a second. */
  tick(receivedNowMs: number): void;
  /** Ends it because the client did. Safe to call twice. */
  close(reason: CloseReason): void;
}
