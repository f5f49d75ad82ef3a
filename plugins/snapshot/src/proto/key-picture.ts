import type { Buffer } from 'node:buffer';
import { type Frame, parametersOf } from '@sluice/core';
import type {} from '@sluice/plugin-codec-h264';
import type {} from '@sluice/plugin-codec-h265';
import { joinAnnexB } from '@sluice/plugin-codec-nal';

/** Codecs that decoders are asked for. */
export type PictureCodec = 'h264' | 'h265';

/** A key frame with all that a decoder needs for it, as an elementary stream. */
export interface KeyPicture {
  readonly codec: PictureCodec;
  readonly stream: Buffer;
}

/** A copy of the frame behind its parameter sets; `undefined` for other codecs. */
export function keyPictureOf({ track, units }: Frame): KeyPicture | undefined {
  const avc = parametersOf(track, 'h264');
  if (avc !== undefined) return { codec: 'h264', stream: joinAnnexB([...avc.sps, ...avc.pps, ...units]) };
  const hevc = parametersOf(track, 'h265');
  return hevc && { codec: 'h265', stream: joinAnnexB([...hevc.vps, ...hevc.sps, ...hevc.pps, ...units]) };
}
