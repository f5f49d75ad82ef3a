import type { RtpFormat } from '@sluice/plugin-format-rtp';
import type { SdpMedia, SessionDescription } from '../proto/sdp.js';

/** A media section that becomes a track. */
export interface SdpTrackChoice {
  /** 0 for video, 1 for audio. */
  readonly trackId: number;
  /** Position of the section in the description. */
  readonly index: number;
  readonly media: SdpMedia;
  readonly payloadType: number;
  readonly format: RtpFormat;
}

/** Payload formats that Sluice reads, by kind of section. MP2T and PS hold both kinds and come as video. */
const READ: Readonly<Record<string, ReadonlySet<string>>> = {
  video: new Set(['H264', 'H265', 'MP2T', 'PS']),
  audio: new Set(['MPEG4-GENERIC', 'MP4A-LATM', 'PCMA', 'PCMU', 'OPUS']),
};

/**
 * The first section of each kind that Sluice can read, in the first of its formats that it can. SRTP is left out: its keys come by ways not supported.
 * `played`: the describing side sends; then what it wants to be sent (the back channel for talk) is left out too.
 */
export function chooseTracks(description: SessionDescription, { played }: { readonly played: boolean }): readonly SdpTrackChoice[] {
  const usable = description.media
    .map((media, index) => ({ media, index }))
    .filter(({ media }) => !media.protocol.toUpperCase().includes('SAVP') && !(played && isBackChannel(media, description)));
  return ['video', 'audio'].flatMap((kind, trackId) => {
    for (const { media, index } of usable) {
      if (media.kind !== kind) continue;
      const choice = readable(media);
      if (choice !== undefined) return [{ trackId, index, media, ...choice }];
    }
    return [];
  });
}

function readable(media: SdpMedia): { readonly payloadType: number; readonly format: RtpFormat } | undefined {
  for (const { payloadType, format } of media.formats) {
    if (format !== undefined && READ[media.kind]?.has(format.encoding)) return { payloadType, format };
  }
  return undefined;
}

/** ONVIF Streaming 5.3 marks the back channel `sendonly`; cameras that mark everything so mean nothing by it. */
function isBackChannel(media: SdpMedia, { media: all }: SessionDescription): boolean {
  return media.kind === 'audio' && media.direction === 'sendonly' && all.some((other) => other !== media && other.direction !== 'sendonly');
}
