import { createFrame, type Frame, type Track } from '@sluice/core';
import { rtmpForm, rtmpFormOf, rtmpLegacyHevcForm } from '../src/index.js';
import { readMessages } from './support.js';

const audio: Track = { id: 1, kind: 'audio', codec: 'g711a', clockRate: 8000, epoch: 0, parameters: undefined, info: { sampleRate: 8000, channels: 1 } };

function mux(frame: Frame): Buffer {
  const parts: Buffer[] = [];
  rtmpForm.createMuxer([frame.track]).mux(frame, { append: (bytes) => parts.push(bytes) });
  return Buffer.concat(parts);
}

const announced = Buffer.from('020000000000040100000000' + '00010000', 'hex');

describe('RTMP as wire form', () => {
  it('writes a frame as one chunk, golden', () => {
    const frame = createFrame(audio, 320, 320, true, [Buffer.from('d5d5', 'hex')]);
    expect(mux(frame).toString('hex')).toBe('040000280000030801000000' + '72d5d5');
  });

  it.each([65534, 65535, 65536, 200_000])('writes a frame of %i bytes so that it reads back, before and after extended timestamps', (size) => {
    const unit = Buffer.from(Array.from({ length: size }, (_, n) => (n * 7) & 0xff));
    for (const ms of [0, 0xfffffe, 0xffffff, 0x1000000, 2 ** 32 + 7]) {
      const messages = readMessages(
        Buffer.concat([announced, mux(createFrame(audio, ms * 8, ms * 8, true, [unit])), mux(createFrame(audio, 8, 8, true, [unit]))]),
      );
      expect(messages.length).toBe(3);
      expect(messages[1]?.timestampMs).toBe(ms % 2 ** 32);
      expect(messages[2]?.timestampMs).toBe(1);
      for (const { body } of messages.slice(1)) expect(body.subarray(1).equals(unit)).toBe(true);
    }
  });

  it('begins with metadata, and tells of a late track with it', () => {
    const muxer = rtmpForm.createMuxer([]);
    expect(readMessages(muxer.header([])).map(({ type, streamId }) => [type, streamId])).toEqual([[18, 1]]);
    const out: Buffer[] = [];
    muxer.changed(audio, 8000, { append: (bytes) => out.push(bytes) });
    expect(readMessages(Buffer.concat(out)).map(({ type, timestampMs }) => [type, timestampMs])).toEqual([[18, 0]]);
    muxer.changed({ ...audio }, 16_000, { append: (bytes) => out.push(bytes) });
    expect(out).toHaveLength(1);
  });

  it('is chosen by the query', () => {
    expect([rtmpFormOf({}), rtmpFormOf({ hevc: '12' })]).toEqual([rtmpForm, rtmpLegacyHevcForm]);
  });
});
