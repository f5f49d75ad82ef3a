import type { NodeKind } from '../service.js';

// Real devices use 17 to 22 digits, and letters: an id is an opaque key, only the type digits of a 20-digit one mean anything.
const ID = /^[0-9A-Za-z_-]{1,32}$/;
const CODED = /^\d{20}$/;

/** True for what may be the id of a device or channel. */
export function isGbId(text: string): boolean {
  return ID.test(text);
}

/** What an id stands for, by its type digits (GB/T 28181-2022 annex E). */
export function nodeKind(id: string): NodeKind {
  if (/^\d{2,8}$/.test(id)) return 'region';
  if (!CODED.test(id)) return 'camera';
  const type = Number(id.slice(10, 13));
  if (type === 131 || type === 132) return 'camera';
  if (type === 134) return 'alarm';
  if (type === 136 || type === 137) return 'audio';
  if (type === 215) return 'group';
  if (type === 216) return 'organisation';
  if (type >= 200 && type <= 214) return 'system';
  if (type >= 111 && type <= 199) return 'device';
  return 'other';
}

/** True for a node that a picture may be asked of. */
export function isInvitable(kind: NodeKind): boolean {
  return kind === 'camera' || kind === 'device' || kind === 'other';
}
