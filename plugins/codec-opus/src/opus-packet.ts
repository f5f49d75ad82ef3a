import type { Buffer } from 'node:buffer';

/** Hertz of everything that counts time in Opus (RFC 6716 2). */
export const OPUS_CLOCK_RATE = 48_000;

/** 120 ms, the most a packet may last (RFC 6716 3.2.5, R5). */
const MAX_SAMPLES = 5760;

/** What the first bytes of an Opus packet say (RFC 6716 3.1). */
export interface OpusPacketHead {
  readonly mode: 'silk' | 'hybrid' | 'celt';
  /** 1 or 2, of this packet: it may change from one to the next. */
  readonly channels: number;
  /** Frames in the packet, 1 to 48. */
  readonly frames: number;
  /** Of the whole packet, in samples at 48 kHz. */
  readonly samples: number;
}

const SILK_SAMPLES: readonly number[] = [480, 960, 1920, 2880];
const HYBRID_SAMPLES: readonly number[] = [480, 960];
const CELT_SAMPLES: readonly number[] = [120, 240, 480, 960];

/** Samples at 48 kHz of one frame, by the configuration number (RFC 6716 table 2). */
function frameSamples(config: number): number {
  if (config < 12) return SILK_SAMPLES[config & 3] as number;
  if (config < 16) return HYBRID_SAMPLES[config & 1] as number;
  return CELT_SAMPLES[config & 3] as number;
}

/** Reads the head of a packet; `undefined` for what is none: empty, without count of frames, or longer than 120 ms. */
export function parseOpusPacketHead(packet: Buffer): OpusPacketHead | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const frames = frameCount(toc & 3, packet);
  const config = toc >> 3;
  const samples = frames * frameSamples(config);
  if (frames === 0 || samples > MAX_SAMPLES) return undefined;
  return { mode: config < 12 ? 'silk' : config < 16 ? 'hybrid' : 'celt', channels: (toc & 4) === 0 ? 1 : 2, frames, samples };
}

/** RFC 6716 3.2: one frame, two, or as many as the second byte says. */
function frameCount(code: number, packet: Buffer): number {
  if (code === 0) return 1;
  return code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
}
