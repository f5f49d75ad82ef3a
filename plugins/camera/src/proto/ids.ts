/** A device and its channels. */
export interface DeviceIds {
  readonly id: string;
  readonly channels: readonly string[];
}

const CODED = /^\d{20}$/;

/** The id `by` further on: its last digits counted up, the others kept. */
export function idAfter(id: string, by: number): string {
  if (by === 0) return id;
  const digits = /\d{1,15}$/.exec(id)?.[0] ?? '';
  const next = String((Number(digits || '0') + by) % 10 ** Math.max(1, digits.length)).padStart(digits.length, '0');
  return id.slice(0, id.length - digits.length) + next;
}

/**
 * The devices of a fleet: `count` of them with ids counted up from `first`, each with `channels` channels. A device with one channel is that channel itself, as IP cameras are;
 * else the channels are of another type (131, or 132 below a 131) and counted up through the whole fleet (GB/T 28181-2022 annex E).
 */
export function fleetIds(first: string, count: number, channels: number): DeviceIds[] {
  return Array.from({ length: count }, (_, index) => {
    const id = idAfter(first, index);
    return { id, channels: channels === 1 ? [id] : channelIds(first, id, index * channels, channels) };
  });
}

function channelIds(first: string, id: string, offset: number, count: number): string[] {
  if (!CODED.test(first)) return Array.from({ length: count }, (_, n) => `${id}_${n + 1}`);
  const type = first.slice(10, 13) === '131' ? '132' : '131';
  return Array.from({ length: count }, (_, n) => `${first.slice(0, 10)}${type}${first[13]}${idAfter(first.slice(14), offset + n)}`);
}
