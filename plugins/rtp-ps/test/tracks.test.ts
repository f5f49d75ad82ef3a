import { serializePackHeader, serializePes, serializeProgramStreamMap } from '@sluice/plugin-format-mpeg';
import { serializeRtp } from '@sluice/plugin-format-rtp';
import { type Bench, PPS, Sender, SPS, startBench, until } from './support.js';

const SSRC = '0200000001';
const START = Buffer.from([0, 0, 0, 1]);
const SLICE = Buffer.from(`6588${'80'.repeat(50)}`, 'hex');
const SOUND = Buffer.alloc(320, 0xd5);

/** Packets of one sender, numbered. */
function packets(): (payloadType: number, timestamp: number, payload: Buffer) => Buffer {
  let sequence = 0;
  return (payloadType, timestamp, payload) => serializeRtp({ marker: true, payloadType, sequence: sequence++, timestamp, ssrc: Number(SSRC), payload });
}
const codecs = (bench: Bench) => bench.engine.streams.describe('gb/1')?.tracks.map(({ codec }) => codec);
const settled = async (promise: Promise<void>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

describe('what the sender says of its payload types', () => {
  const OPTIONS = { path: 'gb/1', ssrc: SSRC, transport: 'udp' } as const;
  const sdp = ['v=0', 'm=video 9 RTP/AVP 96 97 98', 'a=rtpmap:99 ???', 'a=rtpmap:97 PCMA/8000', 'a=rtpmap:98 H264/90000', 'a=rtpmap:96 PS/90000'].join('\r\n');
  const sounds = (rtp: ReturnType<typeof packets>) => Array.from({ length: 10 }, (_, i) => rtp(97, i * 320, SOUND));

  it('is taken before the packets', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    receiver.setPayloads({ sdp });
    await bench.udp(sounds(packets()));
    await until(() => codecs(bench)?.[0] === 'g711a');
  });

  it('is taken after them: those that came are kept', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open(OPTIONS);
    await bench.udp(sounds(packets()));
    await until(() => receiver.stats().packets === 10);
    expect(codecs(bench)).toBeUndefined();
    receiver.setPayloads({ payloadMap: { 97: 'PCMA/8000' } });
    await until(() => codecs(bench)?.[0] === 'g711a');
  });

  it('comes after what the receiver was opened with, and before the configuration', async () => {
    await using bench = await startBench({ payloadMap: { 97: 'PCMA/8000', 98: 'PCMA/8000' } });
    const receiver = await bench.service.open({ ...OPTIONS, payloadMap: { 97: 'PCMU/8000' } });
    receiver.setPayloads({ sdp: sdp.replace('H264/90000', 'PCMU/8000') });
    const rtp = packets();
    await bench.udp([...sounds(rtp), rtp(98, 0, SOUND)]);
    await until(() => receiver.stats().packets === 11 && codecs(bench) !== undefined);
    expect(codecs(bench)).toEqual(['g711u']);
  });

  it('is not believed where the packets show something else, whichever was first', async () => {
    for (const packetsFirst of [false, true]) {
      await using bench = await startBench();
      const receiver = await bench.service.open(OPTIONS);
      const sender = new Sender(SSRC);
      // Part of a pack, of which nothing can be made yet.
      const some = sender.next();
      if (packetsFirst) await bench.udp(some.slice(0, 1));
      await until(() => !packetsFirst || receiver.stats().packets === 1);
      receiver.setPayloads({ sdp: 'a=rtpmap:96 H264/90000' });
      await bench.udp([...some.slice(packetsFirst ? 1 : 0), ...sender.pictures(10)]);
      await receiver.live;
      expect(codecs(bench)).toEqual(['h264']);
      expect(receiver.stats().damaged).toBe(0);
    }
  });
});

describe('live', () => {
  const PS_MAP = serializeProgramStreamMap({
    version: 1,
    streams: [
      { streamType: 0x1b, streamId: 0xe0 },
      { streamType: 0x90, streamId: 0xc0 },
    ],
  });
  const pack = (pts: number, ...parts: Buffer[]) => Buffer.concat([serializePackHeader(pts), ...parts]);
  const sound = (pts: number) => serializePes(0xc0, { pts }, SOUND);
  const picture = (pts: number) => serializePes(0xe0, { pts }, Buffer.concat([SPS, PPS, SLICE].flatMap((unit) => [START, unit])));

  it.each([
    ['before its first frame', [pack(0, PS_MAP, sound(0)), pack(3600, sound(3600)), pack(7200, sound(7200))]],
    ['after it', [pack(0, sound(0)), pack(3600, sound(3600)), pack(7200, sound(7200)), pack(10_800, PS_MAP, sound(10_800))]],
  ])('waits for the tracks of the map, which came %s', async (_when, first) => {
    await using bench = await startBench({}, { engine: { trackWaitMs: 60_000 } });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    const rtp = packets();
    await bench.udp(first.map((bytes, i) => rtp(96, i * 3600, bytes)));
    await until(() => receiver.stats().packets === first.length);
    expect(await settled(receiver.live)).toBe(false);
    await bench.udp([rtp(96, 14_400, pack(14_400, PS_MAP, picture(14_400))), rtp(96, 18_000, pack(18_000, PS_MAP, picture(18_000), sound(18_000)))]);
    await receiver.live;
    expect(codecs(bench)).toEqual(['h264', 'g711a']);
  });

  it('a sound that says nothing of a picture is live after a short time', async () => {
    await using bench = await startBench({}, { engine: { trackWaitMs: 1 } });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp' });
    const rtp = packets();
    await bench.udp([rtp(8, 0, SOUND), rtp(8, 320, SOUND)]);
    await until(() => bench.engine.streams.describe('gb/1') !== undefined);
    expect(bench.engine.streams.describe('gb/1')?.state).toBe('waiting');
    await receiver.live;
    expect(bench.engine.streams.describe('gb/1')?.state).toBe('live');
  });
});
