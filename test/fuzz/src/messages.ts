import type { Fault } from './execute.js';
import type { TargetCounts } from './target-fuzz.js';

/** An input for one target. */
export interface Input<Bytes> {
  readonly target: string;
  readonly input: Bytes;
}

/** What a thread is started with. */
export interface WorkOrder {
  /** Names of targets. */
  readonly targets: readonly string[];
  readonly seed: string;
  /** How long to go on; 0 for the `inputs` alone. */
  readonly ms: number;
  /** Executed first. */
  readonly inputs?: readonly Input<Uint8Array>[];
  readonly shared: SharedArrayBuffer;
  /** Module whose `targets` are taken, for tests of the fuzzer itself. */
  readonly module?: string;
}

/** What a thread says. */
export type WorkReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'found'; readonly target: string; readonly input: Uint8Array; readonly fault: Fault }
  | { readonly kind: 'counts'; readonly target: string; readonly counts: TargetCounts }
  | { readonly kind: 'done' };
