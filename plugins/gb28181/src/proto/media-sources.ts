import type { SdpAnswer } from './sdp-answer.js';

/** Where media may come from; `port` of datagrams, any where left out. */
export interface MediaPlace {
  readonly address: string;
  readonly port?: number;
}

// RFC 1918, 3927, 6598, 1122; RFC 4193, 4291.
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|f[cd]|fe[89ab]|::1$)/i;
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i;

// Addresses of the machine itself and of its link, where a server has services that nobody else is to reach.
const OWN = /^(0\.|127\.|169\.254\.|22[4-9]\.|23\d\.|2[4-5]\d\.|fe[89ab]|ff|::|0:|64:ff9b:)/i;

/**
 * Where to connect to for media (`tcp-active`): what the answer says, where that is an address a device may have; else where its signalling comes
 * from. Whoever knows a device's password does not choose what this machine connects to on itself.
 */
export function connectAddress({ host }: SdpAnswer, signalling: string): string {
  return host === undefined || host === signalling || !ADDRESS.test(host) || OWN.test(host) ? signalling : host;
}

/**
 * Where a device sends from, by its answer: `c=` and the port of `m=`. Behind a NAT it knows neither, and says its private ones: then it is where its
 * signalling comes from (`signalling`), with any port. Some answer with a copy of our offer (`ours`).
 */
export function mediaPlaces({ host, port }: SdpAnswer, signalling: string, ours: Required<MediaPlace>): MediaPlace[] {
  if (host === undefined || !ADDRESS.test(host) || (host === ours.address && port === ours.port)) return [{ address: signalling }];
  const told = { address: host, ...(port === undefined || port === 0 ? {} : { port }) };
  return host === signalling || !PRIVATE.test(host) ? [told] : [told, { address: signalling }];
}
