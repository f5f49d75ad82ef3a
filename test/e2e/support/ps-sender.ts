import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Invited } from './sipp.js';

const PAYLOAD = 1400;
const PACK = Buffer.from([0, 0, 1, 0xba]);

/** Splits a program stream at its pack headers. */
export function splitPacks(stream: Buffer): Buffer[] {
  const packs: Buffer[] = [];
  for (let at = stream.indexOf(PACK); at >= 0; ) {
    const next = stream.indexOf(PACK, at + 4);
    packs.push(stream.subarray(at, next < 0 ? stream.length : next));
    at = next;
  }
  return packs;
}

/** SCR base of a pack in 90 kHz ticks (ISO/IEC 13818-1 2.5.3.4). */
function clockOf(pack: Buffer): number {
  const [a, b, c, d, e] = [pack[4], pack[5], pack[6], pack[7], pack[8]].map(Number) as [number, number, number, number, number];
  return ((a >> 3) & 7) * 2 ** 30 + (((a & 3) << 28) | (b << 20) | ((c >> 3) << 15) | ((c & 3) << 13) | (d << 5) | (e >> 3));
}

/** A sender at work. */
export interface PsSender {
  /** RTP so far, headers included. */
  readonly sent: { readonly packets: number; readonly bytes: number };
  /** Sends nothing until it is called with false; its clock stands still meanwhile. */
  pause(on: boolean): void;
  stop(): void;
}

/**
 * Sends a program stream as a camera does: RTP of 1400 bytes, at the pace of its clock, round and round until stopped; over `socket` where
 * the other end connected to us. It knows nothing of the code under test.
 */
export function sendProgramStream(stream: Buffer, to: Invited, socket?: Socket): PsSender {
  const packs = splitPacks(stream);
  const first = clockOf(packs[0] as Buffer);
  const loopTicks = clockOf(packs.at(-1) as Buffer) - first + 3600;
  const wire = to.transport === 'udp' ? createSocket('udp4') : (socket ?? connect(to.port, to.host));
  wire.on('error', () => {});
  let sequence = 65_500;
  let begun = performance.now();
  let pausedAt: number | undefined;
  let sent = 0;
  const counted = { packets: 0, bytes: 0 };
  const packet = (payload: Buffer, ticks: number, marker: boolean): Buffer => {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = 96 | (marker ? 0x80 : 0);
    head.writeUInt16BE(sequence++ & 0xffff, 2);
    head.writeUInt32BE(ticks % 2 ** 32, 4);
    head.writeUInt32BE(to.ssrc, 8);
    return Buffer.concat([head, payload]);
  };
  const emit = (rtp: Buffer): void => {
    counted.packets++;
    counted.bytes += rtp.length;
    if ('bind' in wire) {
      wire.send(rtp, to.port, to.host);
      return;
    }
    const length = Buffer.alloc(2);
    length.writeUInt16BE(rtp.length);
    wire.write(Buffer.concat([length, rtp]));
  };
  const timer = setInterval(() => {
    if (pausedAt !== undefined) return;
    for (;;) {
      const pack = packs[sent % packs.length] as Buffer;
      const ticks = Math.floor(sent / packs.length) * loopTicks + clockOf(pack) - first;
      if (ticks / 90 > performance.now() - begun) return;
      for (let at = 0; at < pack.length; at += PAYLOAD) {
        emit(packet(pack.subarray(at, at + PAYLOAD), ticks, at + PAYLOAD >= pack.length));
      }
      sent++;
    }
  }, 5);
  return {
    sent: counted,
    pause: (on) => {
      if (on) pausedAt ??= performance.now();
      else if (pausedAt !== undefined) {
        begun += performance.now() - pausedAt;
        pausedAt = undefined;
      }
    },
    stop: () => {
      clearInterval(timer);
      if ('bind' in wire) wire.close();
      else wire.destroy();
    },
  };
}
