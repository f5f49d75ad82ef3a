import { Buffer } from 'node:buffer';
import { TimestampRepair } from '../../../../plugins/timestamps/src/proto/repair.js';
import { type Target, wholeTarget } from '../target.js';

/** A frame: kind and clock, milliseconds since the one before, decoding time, time from decoding to showing. */
const FRAME_BYTES = 12;
const CLOCKS = [90_000, 1000, 8000, 44_100, 48_000, 16_000, 32_000, 96_000];

function frames(count: number, stepTicks: number, jump = 0): Buffer {
  const bytes = Buffer.alloc(count * FRAME_BYTES);
  for (let n = 0; n < count; n++) {
    const at = n * FRAME_BYTES;
    bytes[at] = n & 1;
    bytes[at + 1] = 20;
    bytes.writeIntBE(1024 * ((n >> 1) * stepTicks + (n > count / 2 ? jump : 0)), at + 2, 6);
    bytes.writeInt32BE(0, at + 8);
  }
  return bytes;
}

export const timestampTargets: readonly Target[] = [
  wholeTarget('timestamps', { made: [frames(200, 3600), frames(60, 3600, -0xffffffff), frames(60, 0), frames(60, 3600, 90_000 * 3600)] }, (input, tell) => {
    const repair = new TimestampRepair({ forwardMs: 3000, backwardMs: 1000, toleranceMs: 200, driftMs: 500 });
    const newestMs = new Map<number, number>();
    let nowMs = 0;
    for (let at = 0; at + FRAME_BYTES <= input.length; at += FRAME_BYTES) {
      const flags = input[at] as number;
      const id = flags & 1;
      nowMs += input[at + 1] as number;
      // 37 bits and the sign: more than any format has, unwrapped some times.
      const dts = Math.floor(input.readIntBE(at + 2, 6) / 1024);
      const durationMs = id === 1 && (flags & 2) === 0 ? 20 : Number.NaN;
      const lane = repair.place(id, id === 1 ? 'audio' : 'video', CLOCKS[(flags >> 2) & 7] as number, dts, dts + input.readInt32BE(at + 8), durationMs, nowMs);
      const { outMs, pts, out, fix } = lane;
      tell(fix ?? 'right', out, pts);
      if (!Number.isSafeInteger(out) || !Number.isSafeInteger(pts)) throw new Error(`times of ${out} and ${pts}`);
      if (!(outMs > (newestMs.get(id) ?? Number.NEGATIVE_INFINITY)) || pts < out)
        throw new Error(`${outMs} ms after ${newestMs.get(id)} ms, shown ${pts - out} later`);
      newestMs.set(id, outMs);
    }
  }),
];
