import type { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import { aacDuration } from './aac-duration.js';
import { BytePieces } from './byte-pieces.js';
import { type Depacketizer, type DepacketizerCounters, type DepacketizerOptions, type DepacketizerSink, MAX_ACCESS_UNIT_BYTES } from './depacketizer.js';
import { parseAudioMuxElement, parseStreamMuxConfig, type StreamMuxConfig } from './latm.js';
import { hexOf } from './out-of-band.js';
import type { RtpPacket } from './packet.js';
import type { RtpFormat } from './rtp-format.js';

/** AAC as AudioMuxElements (RFC 6416 6, RFC 3016 4), whose StreamMuxConfig is in `a=fmtp`, or in band. */
export class LatmDepacketizer implements Depacketizer {
  readonly counters: DepacketizerCounters = { accessUnits: 0, damaged: 0, malformed: 0 };
  readonly #sink: DepacketizerSink;
  readonly #clockRate: number;
  readonly #inBand: boolean;
  readonly #parts: BytePieces;
  #muxConfig: StreamMuxConfig | undefined;
  #told: Buffer | undefined;
  #duration = 0;
  #timestamp = 0;
  /** The element under way lacks parts. */
  #torn = false;
  #afterLoss = false;
  /** Elements take several packets. */
  #fragments = false;
  /** An element ended with the last packet, by its marker. */
  #ended = true;

  constructor(format: RtpFormat, sink: DepacketizerSink, options: DepacketizerOptions = {}) {
    this.#sink = sink;
    this.#clockRate = format.clockRate;
    // RFC 6416 7.3: 1 is the default.
    this.#inBand = format.parameters.cpresent !== '0';
    this.#muxConfig = configOf(format);
    this.#parts = new BytePieces(options.maxAccessUnitBytes ?? MAX_ACCESS_UNIT_BYTES);
  }

  push({ payload, timestamp, marker }: RtpPacket): void {
    if (this.#afterLoss && this.#parts.length > 0) this.#torn = true;
    if (timestamp !== this.#timestamp || this.#ended) this.#end();
    else if (this.#parts.length > 0) this.#fragments = true;
    // The beginning may be among what is missing, where elements take several packets.
    if (this.#afterLoss && this.#fragments) this.#torn = true;
    this.#afterLoss = false;
    this.#timestamp = timestamp;
    this.#ended = false;
    if (!this.#parts.append(payload)) this.#torn = true;
    if (marker) this.#end();
    this.#ended = marker;
  }

  lost(): void {
    this.#afterLoss = true;
  }

  finish(): void {
    this.#end();
  }

  reset(): void {
    this.#parts.clear();
    this.#torn = false;
    this.#afterLoss = false;
    this.#ended = true;
  }

  #end(): void {
    const torn = this.#torn;
    this.#torn = false;
    if (this.#parts.length === 0) return;
    const data = this.#parts.take();
    if (torn) this.counters.damaged++;
    else this.#read(data);
  }

  #read(data: Buffer): void {
    let timestamp = this.#timestamp;
    let rest = data;
    const found: { unit: Buffer; timestamp: number }[] = [];
    try {
      while (rest.length > 0) {
        const element = parseAudioMuxElement(rest, this.#inBand, this.#muxConfig);
        if (element.muxConfig !== undefined) this.#muxConfig = element.muxConfig;
        this.#configure();
        for (const unit of element.accessUnits) {
          found.push({ unit, timestamp });
          timestamp = (timestamp + this.#duration) >>> 0;
        }
        rest = rest.subarray(element.bytes);
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      // It may be the rest of an element that lost its beginning: nothing of it is given out.
      this.counters.malformed++;
      this.counters.damaged++;
      return;
    }
    for (const { unit, timestamp: at } of found) {
      this.counters.accessUnits++;
      this.#sink.accessUnit({ units: [unit], timestamp: at, complete: true });
    }
  }

  #configure(): void {
    const config = this.#muxConfig?.config;
    if (config === undefined || this.#told?.equals(config)) return;
    this.#told = config;
    this.#duration = aacDuration(this.#clockRate, config);
    this.#sink.configuration?.(config);
  }
}

function configOf(format: RtpFormat): StreamMuxConfig | undefined {
  const config = hexOf(format.parameters.config);
  if (config === undefined) return undefined;
  try {
    return parseStreamMuxConfig(config);
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
