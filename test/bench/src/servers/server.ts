import { createServer } from 'node:net';
import type { Bench } from '../bench.js';
import type { Kind, PlayAddress } from '../load.js';
import type { Program } from '../process.js';

/** A server that runs. */
export interface RunningServer {
  readonly program: Program;
  /** Where streams are published; a floor has its own source and needs no publisher. */
  readonly rtmp?: { readonly port: number; readonly app: string };
  readonly play?: Partial<Record<Kind, PlayAddress>>;
  /** The same streams over HTTP-FLV at each server of a chain, the first is where they are published. */
  readonly chain?: readonly PlayAddress[];
  /** Where MPEG-PS over RTP goes: stream i to `port + step * i` with SSRC `ssrc + i`. */
  readonly rtp?: { readonly port: number; readonly step: number; readonly ssrc: number; readonly play?: PlayAddress };
}

/** A server under measurement. */
export interface BenchServer {
  /** As in results and on the command line. */
  readonly id: string;
  /** As in the report. */
  readonly title: string;
  readonly role: 'sluice' | 'peer' | 'floor';
  /** Why it cannot run here, or `undefined`. */
  missing?(): string | undefined;
  start(bench: Bench): Promise<RunningServer>;
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
