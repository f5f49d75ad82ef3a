import fc from 'fast-check';
import { type ReorderOptions, ReorderWindow, type RtpPacket } from '../src/index.js';

const packet = (sequence: number): RtpPacket => ({ marker: false, payloadType: 96, sequence, timestamp: 0, ssrc: 1, csrcs: [], payload: Buffer.alloc(0) });

function run(sequences: readonly number[], options: ReorderOptions = {}, stepMs = 1) {
  const out: (number | string)[] = [];
  const window = new ReorderWindow({ packet: (p) => out.push(p.sequence), gap: (count) => out.push(`gap ${count}`) }, options);
  let nowMs = 1000;
  for (const sequence of sequences) {
    nowMs += stepMs;
    window.push(packet(sequence), nowMs);
  }
  return { out, window, nowMs };
}

describe('ReorderWindow', () => {
  it('passes what is in order at once, round the 16 bits', () => {
    const { out, window } = run([65534, 65535, 0, 1]);
    expect(out).toEqual([65534, 65535, 0, 1]);
    expect(window.counts).toEqual({ lost: 0, reordered: 0, duplicate: 0, resets: 0 });
  });

  it('puts in order and drops doubles', () => {
    const { out, window } = run([65533, 65535, 65534, 65535, 1, 0, 0, 2]);
    expect(out).toEqual([65533, 65534, 65535, 0, 1, 2]);
    expect(window.counts).toEqual({ lost: 0, reordered: 2, duplicate: 2, resets: 0 });
  });

  it('waits for a missing packet no longer than the hold time', () => {
    const { out, window, nowMs } = run([1, 3, 4], { holdMs: 200 });
    window.expire(nowMs + 100);
    expect(out).toEqual([1]);
    window.expire(nowMs + 200);
    expect(out).toEqual([1, 'gap 1', 3, 4]);
    window.push(packet(2), nowMs + 201);
    expect(out).toHaveLength(4);
    expect(window.counts).toMatchObject({ lost: 1, reordered: 1 });
  });

  it('waits for no more packets than its size', () => {
    const { out, window } = run([1, 3, 4, 5, 6], { packets: 4 });
    expect(out).toEqual([1, 'gap 1', 3, 4, 5, 6]);
    expect(window.held).toBe(0);
  });

  it('takes a long burst of losses as one gap', () => {
    const { out } = run([8, 291, 292]);
    expect(out).toEqual([8, 'gap 282', 291, 292]);
  });

  it('holds nothing where the transport keeps order', () => {
    const { out, window } = run([1, 3, 4], { packets: 0 });
    expect(out).toEqual([1, 'gap 1', 3, 4]);
    expect(window.counts.lost).toBe(1);
  });

  it('begins anew at a jump, giving out what it held', () => {
    const { out, window } = run([1, 2, 4, 5000, 5001]);
    expect(out).toEqual([1, 2, 'gap 1', 4, 'gap 0', 5000, 5001]);
    expect(window.counts).toMatchObject({ lost: 1, resets: 1 });
  });

  it('never gives a packet twice or out of order, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 300 }), fc.integer({ min: 0, max: 80 }), fc.nat(0xffff), (steps, packets, start) => {
        let at = start;
        const { out, window } = run(
          steps.map((step) => {
            at = (at + step) & 0xffff;
            return at;
          }),
          { packets },
        );
        window.flush();
        expect(window.held).toBe(0);
        let last: number | undefined;
        let gap = 0;
        for (const entry of out) {
          if (typeof entry === 'string') {
            gap = Number(entry.slice(4)) || Number.NaN;
            if (Number.isNaN(gap)) last = undefined;
            continue;
          }
          if (last !== undefined) expect(entry).toBe((last + 1 + gap) & 0xffff);
          last = entry;
          gap = 0;
        }
      }),
      { seed: 1889 },
    );
  });
});
