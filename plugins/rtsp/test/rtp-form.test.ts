import { createFrame, type Track } from '@sluice/core';
import { testAudioTrack } from '@sluice/core/testing';
import { parseRtcp, type RtcpSenderReport, unixMsFromNtp } from '@sluice/plugin-format-rtp';
import { createRtpForm } from '../src/map/rtp-form.js';
import { eachFrame } from '../src/map/rtp-info.js';

const other: Track = testAudioTrack({ id: 0, codec: 'g711u' });
const audio: Track = testAudioTrack({ codec: 'g711a' });
const form = createRtpForm(
  new Map([
    [0, 0],
    [1, 2],
  ]),
  { maxPayloadBytes: 1400, reportIntervalMs: 5000, random: () => 1000, wallMs: () => 1_700_000_000_000 },
);

/** Sender reports in interleaved frames, by channel. */
function reports(bytes: Buffer): Map<number, RtcpSenderReport> {
  const found = new Map<number, RtcpSenderReport>();
  eachFrame(bytes, (channel, start, end) => {
    for (const packet of parseRtcp(bytes.subarray(start, end))) if (packet.type === 'sender-report') found.set(channel, packet);
    return true;
  });
  return found;
}

it('tells a joiner where each track stands at one moment, one that has sent nothing too', () => {
  const muxer = form.createMuxer();
  muxer.mux(createFrame(other, 8000, 8000, true, [Buffer.alloc(160)]), { append: () => {} });
  const seen = reports(muxer.header([other, audio]));
  expect([...seen.keys()]).toEqual([1, 3]);
  expect([...seen.values()].map(({ rtpTimestamp }) => rtpTimestamp)).toEqual([9000, 9000]);
  expect(new Set([...seen.values()].map(({ ntpTimestamp }) => Math.round(unixMsFromNtp(ntpTimestamp)))).size).toBe(1);
  expect([...seen.values()].map(({ packetCount }) => packetCount)).toEqual([1, 0]);
});
