import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import type { PluginEntry } from '../preset/define-preset.js';
import type { FrameQueue } from './frame-queue.js';
import type { TestEngine } from './test-engine.js';
import type { TestMaterial } from './test-material.js';

/** A publisher that a test made over the protocol. */
export interface ProtocolSource {
  /** Sends a frame of the tracks it began with, or of one with other parameters. */
  write(frame: Frame): Promise<void> | void;
  /** Ends it as the protocol says. */
  close(): Promise<void> | void;
  /** Cuts the connection in the middle. */
  cut(): Promise<void> | void;
}

/** A player that a test made over the protocol. */
export interface ProtocolPlayer {
  /** What it got. `end()` of it is called when the connection is over, for whatever reason. */
  readonly frames: FrameQueue;
  /** Stops reading from the connection: what is sent piles up. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Goes away. */
  close(): Promise<void> | void;
}

/** What the suite has to know of a protocol. */
export interface ProtocolUnderTest {
  /** The plugin, and others that it needs. Ports should be 0. */
  readonly plugins: readonly PluginEntry[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** What it carries. Default: `testPictures` and `testSound`, for protocols that look into no codec. */
  readonly video?: TestMaterial;
  readonly audio?: TestMaterial;
  /** Publishes over the protocol; resolves once it may write, rejects where it is refused. Left out where the protocol only plays. */
  readonly publish?: (engine: TestEngine, path: string, tracks: readonly Track[]) => Promise<ProtocolSource>;
  /** Plays over the protocol; resolves once it is let in, rejects where it is refused. Left out where the protocol only publishes. */
  readonly play?: (engine: TestEngine, path: string) => Promise<ProtocolPlayer>;
  /** How far a time may be off, in milliseconds: what the protocol's clock rounds away. Default 1. */
  readonly toleranceMs?: number;
  /** False where tracks cannot be added once it runs. */
  readonly lateTracks?: boolean;
}

/** One case of a suite: hand it to the test runner of your choice. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with what is wrong. */
  run(): Promise<void>;
}
