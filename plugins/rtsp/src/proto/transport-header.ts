import { splitOutside } from '@sluice/plugin-wire-text';

/** One way of `Transport` (RFC 2326 12.39). Numbers are those that were sent, not yet judged. */
export interface TransportSpec {
  /** `RTP/AVP`, `RTP/AVP/TCP` …, upper case; `RTP/AVP/UDP` is `RTP/AVP`. */
  readonly profile: string;
  readonly multicast: boolean;
  /** Channels of RTP and RTCP. */
  readonly interleaved?: readonly [number, number];
  /** Ports of RTP and RTCP. */
  readonly clientPort?: readonly [number, number];
  readonly serverPort?: readonly [number, number];
  /** Of a multicast. */
  readonly port?: readonly [number, number];
  readonly destination?: string;
  readonly source?: string;
  readonly ssrc?: number;
  /** `PLAY` or `RECORD`, upper case. */
  readonly mode?: string;
}

/** Ways that are looked at. */
const MAX_SPECS = 16;

/** Reads a `Transport` header, first choice first. What cannot be read is left out; empty where nothing can. */
export function parseTransport(header: string): TransportSpec[] {
  return splitOutside(header, ',')
    .slice(0, MAX_SPECS)
    .flatMap((text) => {
      const spec = parseSpec(text);
      return spec === undefined ? [] : [spec];
    });
}

function parseSpec(text: string): TransportSpec | undefined {
  const [first = '', ...rest] = splitOutside(text, ';');
  const profile = first.toUpperCase().replace(/\/UDP$/, '');
  if (!/^[A-Z]+\/[A-Z]+(\/[A-Z]+)?$/.test(profile)) return undefined;
  const values = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (!values.has(name))
      values.set(
        name,
        equals < 0
          ? ''
          : part
              .slice(equals + 1)
              .trim()
              .replace(/^"|"$/g, ''),
      );
  }
  return { profile, multicast: values.has('multicast'), ...numbersOf(values), ...textsOf(values) };
}

function numbersOf(values: ReadonlyMap<string, string>) {
  const interleaved = pairOf(values.get('interleaved'));
  const clientPort = pairOf(values.get('client_port'));
  const serverPort = pairOf(values.get('server_port'));
  const port = pairOf(values.get('port'));
  return {
    ...(interleaved === undefined ? {} : { interleaved }),
    ...(clientPort === undefined ? {} : { clientPort }),
    ...(serverPort === undefined ? {} : { serverPort }),
    ...(port === undefined ? {} : { port }),
  };
}

function textsOf(values: ReadonlyMap<string, string>) {
  const destination = values.get('destination');
  const source = values.get('source');
  const mode = values.get('mode');
  const ssrc = ssrcOf(values.get('ssrc'));
  return {
    ...(destination === undefined ? {} : { destination }),
    ...(source === undefined || source === '' ? {} : { source }),
    ...(mode === undefined ? {} : { mode: mode.toUpperCase() }),
    ...(ssrc === undefined ? {} : { ssrc }),
  };
}

/** `5-6`, or `5` for 5 and 6. */
function pairOf(text: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '');
  if (match === null) return undefined;
  const first = Number(match[1]);
  return [first, match[2] === undefined ? first + 1 : Number(match[2])];
}

/** Eight hex digits; some cameras pad them with spaces or write more (RFC 2326 12.39). */
function ssrcOf(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? '';
  return /^[0-9a-f]{1,8}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** Writes one way of `Transport`. */
export function serializeTransport(spec: TransportSpec): string {
  const parts = [spec.profile, spec.multicast ? 'multicast' : 'unicast'];
  if (spec.destination !== undefined) parts.push(`destination=${spec.destination}`);
  if (spec.source !== undefined) parts.push(`source=${spec.source}`);
  if (spec.interleaved !== undefined) parts.push(`interleaved=${spec.interleaved.join('-')}`);
  if (spec.clientPort !== undefined) parts.push(`client_port=${spec.clientPort.join('-')}`);
  if (spec.serverPort !== undefined) parts.push(`server_port=${spec.serverPort.join('-')}`);
  if (spec.port !== undefined) parts.push(`port=${spec.port.join('-')}`);
  if (spec.ssrc !== undefined) parts.push(`ssrc=${spec.ssrc.toString(16).toUpperCase().padStart(8, '0')}`);
  if (spec.mode !== undefined) parts.push(`mode=${spec.mode.toLowerCase()}`);
  return parts.join(';');
}
