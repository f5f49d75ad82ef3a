import { Buffer } from 'node:buffer';
import { FakeClock } from '@sluice/core/testing';
import { DatagramSink } from '../src/net/datagram-sink.js';
import type { UdpPair } from '../src/net/udp-pair.js';

const SIZE = 1000;

/** Interleaved frames of RTP on a channel. */
function frames(count: number, channel = 0): Buffer {
  const frame = Buffer.alloc(4 + SIZE, channel);
  frame[0] = 0x24;
  frame.writeUInt16BE(SIZE, 2);
  frame[1] = channel;
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

function make() {
  const sent: string[] = [];
  let drains = 0;
  let onDrained = (): void => {};
  const pair: Pick<UdpPair, 'sendRtp' | 'sendRtcp'> = {
    sendRtp: (bytes, address, port) => sent.push(`${address}:${port} ${bytes.length}`),
    sendRtcp: (bytes, address, port) => sent.push(`${address}:${port} ${bytes.length}`),
  };
  const route = { pair: pair as UdpPair, ends: { address: '192.0.2.1', rtpPort: 5000, rtcpPort: 5001 } };
  const clock = new FakeClock();
  const drained = (): void => {
    drains++;
    onDrained();
  };
  const sink = new DatagramSink(new Map([[0, route]]), clock, { end: () => {}, drained });
  const whenDrained = (run: () => void): void => {
    onDrained = run;
  };
  return { sink, sent, clock, drains: () => drains, whenDrained };
}

describe('DatagramSink', () => {
  it('sends each frame as a datagram of its own, RTCP to the other port, and nothing of tracks that were not set up', () => {
    const { sink, sent } = make();
    expect(sink.writeAll([frames(2), frames(1, 1), frames(1, 2)])).toBe(true);
    expect(sent).toEqual(['192.0.2.1:5000 1000', '192.0.2.1:5000 1000', '192.0.2.1:5001 1000']);
    expect([sink.sentBytes, sink.queued]).toEqual([3000, 0]);
  });

  it('gives a joiner a little at a time, and says when it has all', () => {
    const { sink, sent, clock, drains } = make();
    expect(sink.write(frames(100))).toBe(false);
    expect(sent).toHaveLength(17);
    clock.advance(5);
    expect(sent).toHaveLength(34);
    clock.advance(20);
    expect([sent.length, drains()]).toEqual([100, 1]);
  });

  it('sends what is live faster, so that it is gone before the next', () => {
    const { sink, sent, clock } = make();
    sink.write(frames(1));
    expect(sink.write(frames(600))).toBe(false);
    clock.advance(30);
    expect(sent).toHaveLength(601);
  });

  it('takes its time with what waited', () => {
    const { sink, sent, clock, whenDrained } = make();
    whenDrained(() => {
      whenDrained(() => {});
      sink.write(frames(600));
    });
    sink.write(frames(20));
    clock.advance(5);
    expect(sent).toHaveLength(37);
    clock.advance(30);
    expect(sent.length).toBeLessThan(200);
  });

  it('sends nothing once it is closed', () => {
    const { sink, sent, clock } = make();
    sink.write(frames(100));
    sink.close();
    clock.advance(100);
    expect([sent.length, sink.queued]).toEqual([17, 0]);
  });
});
