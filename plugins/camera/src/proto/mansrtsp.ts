/** What an INFO wants of a playback (GB/T 28181-2016 annex B). */
export type PlaybackOrder =
  | { readonly kind: 'pause' }
  | { readonly kind: 'stop' }
  /** Goes on where it was, at `positionSeconds` where that is said, with another speed where that is said. */
  | { readonly kind: 'play'; readonly positionSeconds?: number; readonly scale?: number };

/** Reads the body of an INFO; undefined where it is none that is understood. */
export function parseMansrtsp(text: string): PlaybackOrder | undefined {
  const method = /^\s*([A-Z]{1,16})\s+\S{0,64}/i.exec(text)?.[1]?.toUpperCase();
  if (method === 'PAUSE') return { kind: 'pause' };
  if (method === 'TEARDOWN') return { kind: 'stop' };
  if (method !== 'PLAY') return undefined;
  const position = /^Range:\s*npt\s*=\s*(\d{1,9}(?:\.\d{1,9})?)\s*-/im.exec(text)?.[1];
  const scale = /^Scale:\s*(-?\d{1,6}(?:\.\d{1,9})?)\s*$/im.exec(text)?.[1];
  return {
    kind: 'play',
    ...(position === undefined ? {} : { positionSeconds: Number(position) }),
    ...(scale === undefined ? {} : { scale: Number(scale) }),
  };
}
