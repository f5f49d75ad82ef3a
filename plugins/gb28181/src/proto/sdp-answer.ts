/** What an answer says, as far as it says anything. Credentials that some devices put into attributes are not kept. */
export interface SdpAnswer {
  /** From `c=`, that of the video section before that of the session. */
  readonly host?: string;
  /** Port of the first `m=video`. */
  readonly port?: number;
  readonly tcp?: boolean;
  readonly setup?: string;
  readonly payloadTypes: readonly number[];
  /** Encoding by payload type: `PS/90000`. */
  readonly rtpmap: ReadonlyMap<number, string>;
  /** From `y=`, ten digits; left out where it is missing, no number, or all zeros (which says nothing). */
  readonly ssrc?: string;
  /** From `a=filesize` of a download, in bytes; left out where it is unknown (-1). */
  readonly fileSizeBytes?: number;
}

type Draft = { -readonly [K in keyof SdpAnswer]: SdpAnswer[K] } & { payloadTypes: number[]; rtpmap: Map<number, string> };

const MAX_CHARS = 65_536;
const MAX_LINES = 1_000;
const MAX_PAYLOADS = 32;

function readMedia(draft: Draft, value: string): void {
  const [, port = '', protocol = '', ...types] = value.trim().split(/\s+/);
  const parsed = Number.parseInt(port, 10);
  if (Number.isInteger(parsed) && parsed >= 0 && parsed <= 65_535) draft.port = parsed;
  draft.tcp = /^tcp\//i.test(protocol);
  for (const type of types.slice(0, MAX_PAYLOADS)) if (/^\d{1,3}$/.test(type)) draft.payloadTypes.push(Number(type));
}

function readAttribute(draft: Draft, value: string): void {
  const rtpmap = /^rtpmap:\s*(\d{1,3})\s+(\S{1,64})/i.exec(value);
  if (rtpmap?.[1] !== undefined && rtpmap[2] !== undefined && draft.rtpmap.size < MAX_PAYLOADS) draft.rtpmap.set(Number(rtpmap[1]), rtpmap[2]);
  const setup = /^setup:\s*([a-z]{1,16})/i.exec(value)?.[1];
  if (setup !== undefined) draft.setup = setup.toLowerCase();
  const fileSize = /^filesize:\s*(\d{1,15})\s*$/i.exec(value)?.[1];
  if (fileSize !== undefined) draft.fileSizeBytes = Number(fileSize);
}

function readConnection(draft: Draft, value: string): void {
  const host = /^IN\s+IP[46]\s+([^\s/]{1,255})/i.exec(value)?.[1];
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') draft.host = host;
}

function readSsrc(draft: Draft, value: string): void {
  const digits = /^\s*(\d{1,10})\s*$/.exec(value)?.[1];
  if (digits === undefined || Number(digits) === 0 || Number(digits) > 0xffffffff) return;
  draft.ssrc = digits.padStart(10, '0');
}

/** Reads an answer whatever it is: unknown lines, lines without `=`, any line end, several media sections. Never throws; what is not there is left out. */
export function parseSdpAnswer(text: string): SdpAnswer {
  const draft: Draft = { payloadTypes: [], rtpmap: new Map() };
  // Session lines count until the first m=, then only those of the first video section; y= wherever it stands.
  let section: 'session' | 'video' | 'other' = 'session';
  let video = false;
  for (const line of text.slice(0, MAX_CHARS).split(/[\r\n]+/, MAX_LINES)) {
    const match = /^\s{0,8}([a-z])\s{0,8}=(.*)$/i.exec(line);
    if (match === null) continue;
    const key = (match[1] ?? '').toLowerCase();
    const value = match[2] ?? '';
    if (key === 'y') readSsrc(draft, value);
    else if (key === 'm') {
      section = /^\s*video\b/i.test(value) && !video ? 'video' : 'other';
      if (section === 'video') {
        video = true;
        readMedia(draft, value);
      }
    } else if (section === 'other') continue;
    else if (key === 'c') readConnection(draft, value);
    else if (key === 'a') readAttribute(draft, value);
  }
  return draft;
}
