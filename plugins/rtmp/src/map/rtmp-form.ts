import { Buffer } from 'node:buffer';
import { type Frame, rescale, type Track, type WireForm, type WireMuxer, type WireOutput } from '@sluice/core';
import { type FlvBodyOptions, FlvBodyWriter, flvTimestampMs, KeptMetadata, serializeAmf0 } from '@sluice/plugin-format-flv';
import { allocateMessage, sealMessage, serializeMessage } from '../proto/chunk-writer.js';
import { ChunkStream, MEDIA_STREAM_ID, RtmpType } from '../proto/message.js';

/** Message heads of the kinds of tracks, on one message stream. */
function headsOn(streamId: number) {
  return {
    video: { chunkStreamId: ChunkStream.video, type: RtmpType.video, streamId },
    audio: { chunkStreamId: ChunkStream.audio, type: RtmpType.audio, streamId },
    data: { chunkStreamId: ChunkStream.data, type: RtmpType.data, streamId },
  } as const;
}

/** Writes frames as RTMP messages in chunks that fit every player: fixed chunk streams, absolute times, one message stream. */
class RtmpMuxer implements WireMuxer {
  readonly #writer: FlvBodyWriter;
  readonly #kept: KeptMetadata;
  readonly #heads: ReturnType<typeof headsOn>;
  /** Tracks as viewers were last told. */
  readonly #tracks = new Map<number, Track>();

  constructor(writer: FlvBodyWriter, heads: ReturnType<typeof headsOn>) {
    this.#writer = writer;
    this.#kept = new KeptMetadata(writer);
    this.#heads = heads;
  }

  header(tracks: readonly Track[]): Buffer {
    // A joiner may begin with older parameters than the others know by now.
    for (const track of tracks) if (!this.#tracks.has(track.id)) this.#tracks.set(track.id, track);
    return Buffer.concat([this.#metadata(tracks), ...tracks.flatMap((track) => this.#sequenceHeader(track, 0))]);
  }

  changed(track: Track, dts: number, out: WireOutput): void {
    const same = this.#writer.announcesSame(this.#tracks.get(track.id), track);
    this.#tracks.set(track.id, track);
    if (same) return;
    const timestampMs = rescale(dts, track.clockRate, 1000);
    out.append(this.#metadata([...this.#tracks.values()]));
    for (const message of this.#sequenceHeader(track, timestampMs)) out.append(message);
  }

  mux(frame: Frame, out: WireOutput): void {
    const timestampMs = flvTimestampMs(frame);
    const size = this.#writer.frameSize(frame);
    const message = allocateMessage(size, timestampMs);
    this.#writer.writeFrame(frame, message, message.length - size);
    out.append(sealMessage(message, size, this.#heads[frame.track.kind], timestampMs));
  }

  // Metadata at a later time than zero makes FFmpeg open a data stream that it then waits for.
  #metadata(tracks: readonly Track[]): Buffer {
    return serializeMessage(ChunkStream.data, RtmpType.data, this.#heads.data.streamId, 0, this.#kept.of(tracks));
  }

  #sequenceHeader(track: Track, timestampMs: number): Buffer[] {
    const body = this.#writer.sequenceHeader(track);
    const { chunkStreamId, type, streamId } = this.#heads[track.kind];
    return body === undefined ? [] : [serializeMessage(chunkStreamId, type, streamId, timestampMs, body)];
  }
}

/** Makes a wire form of RTMP under a name of its own, for a message stream other than the one our server gives out too. */
export function createRtmpForm(name: string, options: FlvBodyOptions = {}, streamId: number = MEDIA_STREAM_ID): WireForm {
  const writer = new FlvBodyWriter(options);
  const heads = headsOn(streamId);
  return {
    name,
    accepts: (track) => writer.accepts(track),
    plays: (track) => writer.plays(track),
    createMuxer: () => new RtmpMuxer(writer, heads),
  };
}

const LEGACY_HEVC: FlvBodyOptions = { preferCodecIds: true };

/** RTMP chunks: H.264 and AAC the classic way, H.265 as `hvc1` (Enhanced RTMP). */
export const rtmpForm: WireForm = { ...createRtmpForm('rtmp'), keptWarm: true };

/** The same with H.265 as codec id 12, for players that know nothing else. */
export const rtmpLegacyHevcForm: WireForm = { ...createRtmpForm('rtmp-hevc12', LEGACY_HEVC), keptWarm: true };

/**
 * The form a query asks for: `?hevc=12` for codec id 12. Nearly all servers give a publisher message stream 1, which players have too, so that
 * both share what is muxed; for another number it is muxed apart.
 */
export function rtmpFormOf(query: Readonly<Record<string, string>> | undefined, streamId: number = MEDIA_STREAM_ID): WireForm {
  const legacy = query?.hevc === '12';
  const shared = legacy ? rtmpLegacyHevcForm : rtmpForm;
  return streamId === MEDIA_STREAM_ID ? shared : createRtmpForm(`${shared.name}-${streamId}`, legacy ? LEGACY_HEVC : {}, streamId);
}

/** What a publisher sends before the form's own bytes: the metadata once more as `@setDataFrame`, for servers that keep it for players only so. */
export function publishPreamble(tracks: readonly Track[], query: Readonly<Record<string, string>>, streamId: number): Buffer {
  const writer = new FlvBodyWriter(query.hevc === '12' ? LEGACY_HEVC : {});
  const body = Buffer.concat([serializeAmf0('@setDataFrame'), writer.metadata(tracks)]);
  return serializeMessage(ChunkStream.data, RtmpType.data, streamId, 0, body);
}
