/** What a platform asks for in an INVITE, as far as a camera heeds it (GB/T 28181-2016 annex C, F, G). */
export interface MediaOffer {
  /** `Play`, `Playback`, `Download`, in lower case. */
  readonly session: string;
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** Of the platform: it listens (passive) or connects (active). Passive where nothing is said. */
  readonly setup: 'passive' | 'active';
  /** Payload type of the program stream; undefined where none is offered. */
  readonly payloadType: number | undefined;
  /** Ten digits from `y=`; undefined where it was not said. */
  readonly ssrc: string | undefined;
  /** Of `t=`, in seconds since 1970; 0 for live. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Of `a=downloadspeed`; default 1. */
  readonly downloadSpeed: number;
}

type Draft = { -readonly [K in keyof MediaOffer]: MediaOffer[K] } & { types: string[]; readonly encodings: Map<string, string> };

const MAX_LINES = 500;
const MAX_SPEED = 64;

/** Reads an offer; undefined where it offers no video to send. */
export function parseOffer(text: string): MediaOffer | undefined {
  const draft: Draft = {
    session: 'play',
    host: '',
    port: 0,
    transport: 'udp',
    setup: 'passive',
    payloadType: undefined,
    ssrc: undefined,
    startSeconds: 0,
    endSeconds: 0,
    downloadSpeed: 1,
    types: [],
    encodings: new Map(),
  };
  for (const line of text.slice(0, 65_536).split(/[\r\n]+/, MAX_LINES)) {
    const match = /^([a-z])=(.*)$/i.exec(line.trim());
    if (match !== null) readLine(draft, (match[1] ?? '').toLowerCase(), match[2] ?? '');
  }
  if (draft.port === 0 || draft.host === '') return undefined;
  const { types, encodings, ...offer } = draft;
  return { ...offer, payloadType: payloadTypeOf(types, encodings) };
}

/** PS by name; where no names are given, the customary 96. */
function payloadTypeOf(types: readonly string[], encodings: ReadonlyMap<string, string>): number | undefined {
  const named = types.find((type) => encodings.get(type) === 'PS');
  const found = named ?? (encodings.has('96') ? undefined : types.find((type) => type === '96'));
  return found === undefined ? undefined : Number(found);
}

function readLine(draft: Draft, key: string, value: string): void {
  if (key === 's') draft.session = value.trim().toLowerCase();
  else if (key === 'c') draft.host = /^IN\s+IP[46]\s+([^\s/]{1,255})/i.exec(value)?.[1] ?? draft.host;
  else if (key === 't') readTimes(draft, value);
  else if (key === 'm') readMedia(draft, value);
  else if (key === 'y') draft.ssrc = /^\s*(\d{10})\s*$/.exec(value)?.[1];
  else if (key === 'a') readAttribute(draft, value);
}

function readTimes(draft: Draft, value: string): void {
  const [start = '0', end = '0'] = value.trim().split(/\s+/);
  if (!/^\d{1,12}$/.test(start) || !/^\d{1,12}$/.test(end)) return;
  draft.startSeconds = Number(start);
  draft.endSeconds = Number(end);
}

function readMedia(draft: Draft, value: string): void {
  const [kind = '', port = '', protocol = '', ...types] = value.trim().split(/\s+/);
  if (kind.toLowerCase() !== 'video' || draft.port !== 0 || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) return;
  draft.port = Number(port);
  draft.transport = /^tcp\//i.test(protocol) ? 'tcp' : 'udp';
  draft.types = types.filter((type) => /^\d{1,3}$/.test(type)).slice(0, 32);
}

function readAttribute(draft: Draft, value: string): void {
  const rtpmap = /^rtpmap:\s*(\d{1,3})\s+([^/\s]{1,32})/i.exec(value);
  if (rtpmap?.[1] !== undefined && draft.encodings.size < 64) draft.encodings.set(rtpmap[1], (rtpmap[2] ?? '').toUpperCase());
  const setup = /^setup:\s*(active|passive)/i.exec(value)?.[1]?.toLowerCase();
  if (setup === 'active' || setup === 'passive') draft.setup = setup;
  const speed = Number(/^downloadspeed:\s*(\d{1,3})/i.exec(value)?.[1]);
  if (speed > 0) draft.downloadSpeed = Math.min(speed, MAX_SPEED);
}
