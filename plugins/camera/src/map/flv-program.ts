import type { Buffer } from 'node:buffer';
import type { Frame, Track } from '@sluice/core';
import { FlvTagParser, FlvTagType } from '@sluice/plugin-format-flv';
import type { Mp4Source } from '@sluice/plugin-format-mp4';
import { cameraError } from '../errors.js';
import type { Program, ProgramReader } from './program.js';

const FILE_HEAD_BYTES = 9;
const TAG_HEAD_BYTES = 11;
const MAX_TAGS = 4_000_000;
const MAX_TAG_BYTES = 10 << 20;
/** Sequence headers are the first tags of their kind. */
const CONFIG_TAGS = 16;
const MIN_SECONDS = 0.04;

interface Tag {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly timestampMs: number;
  /** A coded picture, no sequence header and no end of one. */
  readonly picture: boolean;
  readonly key: boolean;
}

/** Opens an FLV file. Reads the heads of its tags; the media later. Rejects with `ERR_CAMERA_MEDIA` and what format-flv throws. */
export async function openFlv(source: Mp4Source): Promise<Program> {
  const tags = await readTags(source);
  const tracks = await findTracks(source, tags);
  if (tracks.length === 0) throw cameraError('ERR_CAMERA_MEDIA', 'the file has neither video nor audio that can be read');
  return {
    tracks,
    durationSeconds: durationOf(tags),
    open: (seconds) => new FlvReader(source, tags, seconds),
  };
}

/** To the end of the last picture, which is shown as long as the others. */
function durationOf(tags: readonly Tag[]): number {
  const pictures = tags.filter(({ picture }) => picture);
  const [first, last] = [pictures[0]?.timestampMs ?? 0, pictures.at(-1)?.timestampMs ?? 0];
  const end = pictures.length < 2 ? (tags.at(-1)?.timestampMs ?? 0) : last + (last - first) / (pictures.length - 1);
  return Math.max(end / 1000, MIN_SECONDS);
}

async function readTags(source: Mp4Source): Promise<Tag[]> {
  const head = await source.read(0, FILE_HEAD_BYTES);
  const tags: Tag[] = [];
  for (let at = head.readUInt32BE(5) + 4; at + TAG_HEAD_BYTES < source.size; ) {
    if (tags.length >= MAX_TAGS) throw cameraError('ERR_CAMERA_MEDIA', `more than ${MAX_TAGS} tags`);
    // Two bytes more: the kind of picture.
    const bytes = await source.read(at, TAG_HEAD_BYTES + 2);
    const size = bytes.readUIntBE(1, 3);
    const offset = at + TAG_HEAD_BYTES;
    if (offset + size > source.size || size > MAX_TAG_BYTES) break;
    at = offset + size + 4;
    const type = (bytes[0] as number) & 0x1f;
    if (size === 0 || (type !== FlvTagType.video && type !== FlvTagType.audio)) continue;
    const timestampMs = bytes.readUIntBE(4, 3) + (bytes[7] as number) * 0x1000000;
    const picture = type === FlvTagType.video && isPicture(bytes[TAG_HEAD_BYTES] as number, bytes[TAG_HEAD_BYTES + 1] ?? 0);
    tags.push({ type, offset, size, timestampMs, picture, key: picture && (((bytes[TAG_HEAD_BYTES] as number) >> 4) & 7) === 1 });
  }
  return tags;
}

/** FLV specification E.4.3.1 (AVCPacketType 1), Enhanced RTMP (packet types 1 and 3). */
function isPicture(first: number, second: number): boolean {
  return first >= 0x80 ? [1, 3].includes(first & 0x0f) : second === 1;
}

/** The tracks of the first frames. */
async function findTracks(source: Mp4Source, tags: readonly Tag[]): Promise<Track[]> {
  const reader = new FlvReader(source, tags.slice(0, 1000), 0);
  const found = new Map<string, Track>();
  for (let frame = await reader.next(); frame !== undefined && found.size < 2; frame = await reader.next()) {
    if (!found.has(frame.track.kind)) found.set(frame.track.kind, frame.track);
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

class FlvReader implements ProgramReader {
  readonly #source: Mp4Source;
  readonly #tags: readonly Tag[];
  readonly #parser = new FlvTagParser();
  readonly #from: number;
  #next = 0;

  constructor(source: Mp4Source, tags: readonly Tag[], seconds: number) {
    this.#source = source;
    this.#tags = tags;
    const reached = tags.findIndex(({ timestampMs }) => timestampMs > seconds * 1000);
    const before = tags.slice(0, reached < 0 ? tags.length : reached).findLastIndex(({ key }) => key);
    // Key frames say sequence header too: the first ones are read anyhow.
    this.#from = seconds <= 0 || before < CONFIG_TAGS ? 0 : before;
  }

  async next(): Promise<Frame | undefined> {
    for (;;) {
      // First the sequence headers at the beginning, then on from the key frame.
      if (this.#next === CONFIG_TAGS && this.#from > CONFIG_TAGS) this.#next = this.#from;
      const tag = this.#tags[this.#next];
      if (tag === undefined) return undefined;
      const index = this.#next++;
      const frame = this.#parser.receive(tag.type, tag.timestampMs, await this.#read(tag));
      if (frame !== undefined && index >= this.#from) return frame;
    }
  }

  async #read({ offset, size }: Tag): Promise<Buffer> {
    const bytes = await this.#source.read(offset, size);
    if (bytes.length < size) throw cameraError('ERR_CAMERA_MEDIA', 'the file became shorter');
    return bytes;
  }
}
