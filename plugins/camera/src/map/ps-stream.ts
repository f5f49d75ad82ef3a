import { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import { MAX_PES_PAYLOAD, serializePackHeader, serializePes, serializeProgramStreamMap } from '@sluice/plugin-format-mpeg';

const START = Buffer.from([0, 0, 0, 1]);
export class PsStream {
  mux(frame: Frame, dts: number, pts: number): Buffer | undefined {
    const video = frame.track.kind === 'video';
    const type = { h264: 0x1b, h265: 0x24, aac: 0x0f, g711a: 0x90, g711u: 0x91 }[frame.track.codec as string] ?? 0;
    if (frame.track.codec === 'aac') return undefined;
    const sets =
      video && frame.key
        ? (Object.values(frame.track.parameters as object)
            .filter(Array.isArray)
            .flat() as Buffer[])
        : [];
    const have = frame.units.some((u) => sets.some((s) => s.equals(u)));
    const parts = [serializePackHeader(dts)];
    if (video && frame.key)
      parts.push(
        serializeProgramStreamMap({
          version: 0,
          currentNext: true,
          streams: [
            { streamType: type, streamId: 0xe0 },
            { streamType: 0x90, streamId: 0xc0 },
          ],
        } as never),
      );
    const data = video ? Buffer.concat([...(have ? [] : sets), ...frame.units].flatMap((u) => [START, u])) : (frame.units[0] as Buffer);
    for (let at = 0; at < data.length; at += MAX_PES_PAYLOAD)
      parts.push(serializePes(video ? 0xe0 : 0xc0, at === 0 ? ({ pts, dts } as never) : ({} as never), data.subarray(at, at + MAX_PES_PAYLOAD)));
    return Buffer.concat(parts);
  }
}
