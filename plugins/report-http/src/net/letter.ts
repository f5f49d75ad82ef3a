import type { Message } from '@sluice/plugin-delivery';

/** An event on its way to one receiver. */
export interface Letter extends Message {
  /** Key of the receiver. */
  readonly hook: string;
  /** Id of the event. */
  readonly id: string;
  readonly type: string;
  /** When it happened, in milliseconds since 1970. */
  readonly atMs: number;
  /** Its place in the spool; `undefined` where it is in memory only. */
  row: number | undefined;
  /** The event as JSON, as long as it is not on disk. */
  body: string | undefined;
}

/** One that did not arrive and is not tried any more. */
export interface DeadLetter {
  readonly row: number;
  readonly hook: string;
  readonly id: string;
  readonly type: string;
  readonly lane: string;
  readonly atMs: number;
  readonly tries: number;
  readonly reason: string;
  readonly deadAtMs: number;
  readonly body: string;
}
