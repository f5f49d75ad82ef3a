import { Buffer } from 'node:buffer';
import { opusError } from './errors.js';
import { OPUS_CLOCK_RATE } from './opus-packet.js';
import type { OpusParameters } from './parameters.js';

const MAGIC = 'OpusHead';
const FIXED_BYTES = 19;
/** Two bytes behind the fixed ones, and one for each of 255 channels. */
const MAX_BYTES = FIXED_BYTES + 2 + 255;
/** What libopus looks ahead at 48 kHz: 6.5 ms. */
const DEFAULT_PRE_SKIP = 312;

/**
 * Parses an identification header (RFC 7845 5.1). `head` of the answer is a view of `head`.
 * @throws SluiceError `ERR_OPUS_HEAD`
 */
export function parseOpusHead(head: Buffer): OpusParameters {
  if (head.length < FIXED_BYTES || head.length > MAX_BYTES || head.toString('latin1', 0, 8) !== MAGIC) {
    throw opusError('ERR_OPUS_HEAD', `no OpusHead in ${head.length} bytes`);
  }
  const version = head[8] as number;
  const channels = head[9] as number;
  const mappingFamily = head[18] as number;
  // The upper half of the version is for changes that are not compatible.
  if (version >> 4 !== 0 || channels === 0) throw opusError('ERR_OPUS_HEAD', `an OpusHead of version ${version} with ${channels} channels`);
  if (mappingFamily === 0 ? channels > 2 : head.length < FIXED_BYTES + 2 + channels) {
    throw opusError('ERR_OPUS_HEAD', `mapping family ${mappingFamily} for ${channels} channels in ${head.length} bytes`);
  }
  return { head, channels, preSkip: head.readUInt16LE(10), inputSampleRate: head.readUInt32LE(12) };
}

/** What an identification header is made of. */
export interface OpusHeadFields {
  /** 1 or 2. */
  readonly channels: number;
  /** Samples at 48 kHz that a decoder throws away at the start. Default 312. */
  readonly preSkip?: number;
  /** Hertz before coding, for information. Default 48000. */
  readonly inputSampleRate?: number;
}

/** Makes an identification header with mapping family 0 (RFC 7845 5.1). Throws `ERR_OPUS_HEAD` for other than one or two channels. */
export function makeOpusHead({ channels, preSkip = DEFAULT_PRE_SKIP, inputSampleRate = OPUS_CLOCK_RATE }: OpusHeadFields): Buffer {
  if (channels !== 1 && channels !== 2) throw opusError('ERR_OPUS_HEAD', `${channels} channels need a channel mapping`);
  const head = Buffer.alloc(FIXED_BYTES);
  head.write(MAGIC, 'latin1');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(inputSampleRate, 12);
  return head;
}
