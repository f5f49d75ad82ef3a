/** A segment of a media playlist. */
export interface HlsSegment {
  readonly sequence: number;
  readonly url: string;
  readonly durationSeconds: number;
  readonly discontinuity: boolean;
  readonly map: string | undefined;
  readonly dateMs: number;
}

/** A media playlist, read strictly. */
export interface HlsPlaylist {
  readonly targetSeconds: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly ended: boolean;
  readonly segments: readonly HlsSegment[];
}

const HEADER = /^#EXT-X-(VERSION|TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE):(\d+)$/;

/** Reads a media playlist by RFC 8216 4, with no code of the server's; throws on anything it does not expect. */
export function parseHls(text: string, base: string): HlsPlaylist {
  const lines = text.split('\n');
  if (lines[0] !== '#EXTM3U' || lines.at(-1) !== '') throw new Error(`no playlist: ${text.slice(0, 100)}`);
  const header = new Map<string, number>();
  const segments: HlsSegment[] = [];
  let next: { durationSeconds?: number; discontinuity: boolean; dateMs: number } = { discontinuity: false, dateMs: Number.NaN };
  let map: string | undefined;
  let ended = false;
  for (const line of lines.slice(1, -1)) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name !== undefined) header.set(name, Number(value));
    else if (line === '#EXT-X-ENDLIST') ended = true;
    else if (line === '#EXT-X-DISCONTINUITY') {
      next.discontinuity = true;
      map = undefined;
    } else if (line.startsWith('#EXT-X-MAP:URI="')) map = new URL(line.slice(16, -1), base).href;
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) next.dateMs = Date.parse(line.slice(25));
    else if (/^#EXTINF:\d+\.\d+,$/.test(line)) next.durationSeconds = Number(line.slice(8, -1));
    else if (line.startsWith('#')) {
      if (line !== '#EXT-X-INDEPENDENT-SEGMENTS') throw new Error(`unknown tag ${line}`);
    } else {
      const { durationSeconds, discontinuity, dateMs } = next;
      if (durationSeconds === undefined) throw new Error(`a segment without a duration: ${line}`);
      const sequence = (header.get('MEDIA-SEQUENCE') ?? 0) + segments.length;
      segments.push({ sequence, url: new URL(line, base).href, durationSeconds, discontinuity, map, dateMs });
      next = { discontinuity: false, dateMs: Number.NaN };
    }
  }
  const targetSeconds = header.get('TARGETDURATION');
  if (targetSeconds === undefined || !header.has('VERSION')) throw new Error('target duration or version is missing');
  return {
    targetSeconds,
    mediaSequence: header.get('MEDIA-SEQUENCE') ?? 0,
    discontinuitySequence: header.get('DISCONTINUITY-SEQUENCE') ?? 0,
    ended,
    segments,
  };
}

/** Whoever reads a live playlist again and again. */
export interface HlsReader {
  /** All segments seen so far, each once. */
  readonly segments: readonly HlsSegment[];
  /** The newest playlist. */
  readonly playlist: HlsPlaylist;
  /** Bytes of a segment, with its initialisation segment before it. */
  bytes(segment: HlsSegment): Promise<Buffer>;
  /** Reads on until `enough`. Checks that the playlist changes as RFC 8216 6.2 allows. */
  until(enough: (reader: HlsReader) => boolean, timeoutMs?: number): Promise<void>;
}

async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Reads `url`; segments are fetched as they appear. */
export async function readHls(url: string): Promise<HlsReader> {
  const segments: HlsSegment[] = [];
  const data = new Map<string, Buffer>();
  const load = async (): Promise<HlsPlaylist> => {
    const playlist = parseHls((await fetchBytes(url)).toString(), url);
    for (const segment of playlist.segments) {
      const known = segments.find(({ sequence }) => sequence === segment.sequence);
      if (known !== undefined) {
        if (known.durationSeconds !== segment.durationSeconds || known.discontinuity !== segment.discontinuity) throw new Error('a segment changed');
        continue;
      }
      if (segments.length > 0 && segment.sequence !== (segments.at(-1)?.sequence ?? 0) + 1) throw new Error(`segments are missing before ${segment.sequence}`);
      segments.push(segment);
      for (const file of [segment.map, segment.url]) if (file !== undefined && !data.has(file)) data.set(file, await fetchBytes(file));
      if (Math.round(segment.durationSeconds) > playlist.targetSeconds) throw new Error('a segment longer than the target duration');
    }
    const removed = segments.filter(({ sequence, discontinuity }) => discontinuity && sequence < playlist.mediaSequence);
    if (playlist.discontinuitySequence < removed.length) throw new Error('a discontinuity sequence that is too small');
    return playlist;
  };
  const reader = {
    segments,
    playlist: await load(),
    bytes: async (segment: HlsSegment) => Buffer.concat([segment.map, segment.url].flatMap((file) => (file === undefined ? [] : (data.get(file) ?? [])))),
    until: async (enough: (reader: HlsReader) => boolean, timeoutMs = 30_000) => {
      const deadline = performance.now() + timeoutMs;
      while (!enough(reader)) {
        if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${enough}; segments: ${JSON.stringify(segments)}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
        reader.playlist = await load();
      }
    },
  };
  return reader;
}
