/** A segment as a playlist names it. */
export interface PlaylistSegment {
  /** Media sequence number. */
  readonly sequence: number;
  /** File name. */
  readonly file: string;
  readonly durationMs: number;
  /** Its times or its coding do not follow from the segment before. */
  readonly discontinuity: boolean;
  /** Discontinuities of all segments before this one. */
  readonly discontinuitiesBefore: number;
  /** File of the initialisation segment, where the form needs one. */
  readonly map?: string;
  /** When its first picture was taken, in milliseconds since 1970. */
  readonly startedAtMs: number;
}

/** What a media playlist says. */
export interface Playlist {
  readonly targetSeconds: number;
  readonly segments: readonly PlaylistSegment[];
  /** No more segments will come. */
  readonly ended: boolean;
}

/** Writes a media playlist (RFC 8216 4). `urlOf` makes the address of a file. */
export function serializePlaylist({ targetSeconds, segments, ended }: Playlist, urlOf: (file: string) => string): string {
  const [first] = segments;
  const lines = [
    '#EXTM3U',
    // 4.3.1.2: initialisation segments without I-frame playlists need version 6; decimal durations 3.
    `#EXT-X-VERSION:${segments.some(({ map }) => map !== undefined) ? 6 : 3}`,
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.sequence ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first?.discontinuitiesBefore ?? 0}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let map: string | undefined;
  for (const segment of segments) {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.map !== undefined && segment.map !== map) lines.push(`#EXT-X-MAP:URI="${urlOf(segment.map)}"`);
    map = segment.map;
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startedAtMs).toISOString()}`);
    lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(6)},`, urlOf(segment.file));
  }
  if (ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}
