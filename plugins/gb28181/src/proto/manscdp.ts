import type { Buffer } from 'node:buffer';
import { gbError } from '../errors.js';
import { isGbId } from './ids.js';
import type { PeerProfile } from './profile.js';
import { type DecodeGb, decodeBody } from './text.js';
import { childOf, escapeXml, scanXml, textOf, type XmlElement, type XmlLimits } from './xml.js';

/** The four roots (GB/T 28181-2022 annex A). */
export type ManscdpRoot = 'control' | 'query' | 'notify' | 'response';

/** A MANSCDP body, read. */
export interface Manscdp {
  readonly root: ManscdpRoot;
  readonly cmdType: string;
  /** Undefined where it is missing or no number. */
  readonly sn: number | undefined;
  /** Empty where it is missing or no id. */
  readonly deviceId: string;
  readonly element: XmlElement;
}

const ROOTS = new Set<string>(['control', 'query', 'notify', 'response']);

function isRoot(name: string): name is ManscdpRoot {
  return ROOTS.has(name);
}

/** Reads a body of `Application/MANSCDP+xml`. Throws ERR_GB28181_XML. */
export function parseManscdp(body: Buffer, decodeGb: DecodeGb, limits: XmlLimits = {}): Manscdp {
  for (const element of scanXml(decodeBody(body, decodeGb), limits)) {
    const root = element.name.toLowerCase();
    if (!isRoot(root)) continue;
    const sn = Number(textOf(element, 'SN'));
    const deviceId = textOf(element, 'DeviceID');
    return {
      root,
      cmdType: textOf(element, 'CmdType'),
      sn: Number.isSafeInteger(sn) && sn > 0 ? sn : undefined,
      deviceId: isGbId(deviceId) && childOf(element, 'DeviceID')?.whole === true ? deviceId : '',
      element,
    };
  }
  throw gbError('ERR_GB28181_XML', 'no Control, Query, Notify or Response element');
}

/** What to send. Fields come after CmdType, SN and DeviceID, in the order given. */
export interface ManscdpMessage {
  readonly root: 'Control' | 'Query' | 'Notify' | 'Response';
  readonly cmdType: string;
  readonly sn: number;
  readonly deviceId: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

/** Writes a body as text; it is to be encoded in the profile's charset. */
export function buildManscdp(message: ManscdpMessage, profile: Pick<PeerProfile, 'charsetLabel'>): string {
  const fields: readonly (readonly [string, string])[] = [
    ['CmdType', message.cmdType],
    ['SN', String(message.sn)],
    ['DeviceID', message.deviceId],
    ...(message.fields ?? []),
  ];
  const lines = fields.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return [`<?xml version="1.0" encoding="${profile.charsetLabel}"?>`, `<${message.root}>`, ...lines, `</${message.root}>`, ''].join('\r\n');
}
