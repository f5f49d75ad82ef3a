import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Frame } from '@sluice/core';
import { serializePackHeader, serializePes, serializeProgramStreamMap } from '@sluice/plugin-format-mpeg';
import { serializeRtp } from '@sluice/plugin-format-rtp';
import { Relay, random, type Trouble } from './relay.js';
import { PPS, SPS, startBench, until } from './support.js';

const SSRC = '0200000001';
const GOP = 10;
const PICTURES = 300;
const START = Buffer.from([0, 0, 0, 1]);
const MAP = serializeProgramStreamMap({ version: 1, streams: [{ streamType: 0x1b, streamId: 0xe0 }] });

const digest = (units: readonly Buffer[]) => createHash('sha1').update(Buffer.concat(units)).digest('hex');

/** Pictures of many sizes, none like another. Small ones where so much is lost that no large one would come through. */
function pictures(scale: number): Buffer[][] {
  const next = random(7);
  return Array.from({ length: PICTURES }, (_, index) => {
    const isKey = index % GOP === 0;
    const body = Buffer.alloc(200 + Math.floor((next() * (isKey ? 40_000 : 6000)) / scale));
    for (let i = 0; i < body.length; i++) body[i] = 1 + Math.floor(next() * 255);
    const slice = Buffer.concat([Buffer.from(isKey ? '6588' : '419a', 'hex'), body]);
    return isKey ? [SPS, PPS, slice] : [slice];
  });
}

/** Made once: it takes a second. */
const SENT = { large: pictures(1), small: pictures(10) };

/** Payloads of the packets of a picture. */
type Packetizer = (units: readonly Buffer[], index: number) => Buffer[];

const cut = (bytes: Buffer, size: number) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const programStream: Packetizer = (units, index) => {
  const pts = 90_000 + index * 3600;
  const payload = Buffer.concat(units.flatMap((unit) => [START, unit]));
  return cut(Buffer.concat([serializePackHeader(pts), ...(units.length > 1 ? [MAP] : []), serializePes(0xe0, { pts }, payload)]), 1400);
};

/** RFC 6184: single NAL units, and FU-A. */
const avc: Packetizer = (units) =>
  units.flatMap((unit) => {
    if (unit.length <= 1400) return [unit];
    const header = unit[0] as number;
    const parts = cut(unit.subarray(1), 1398);
    return parts.map((part, i) => {
      const flags = (i === 0 ? 0x80 : 0) | (i === parts.length - 1 ? 0x40 : 0);
      return Buffer.concat([Buffer.from([(header & 0xe0) | 28, flags | (header & 0x1f)]), part]);
    });
  });

const LOSSES: readonly [string, Trouble][] = [
  ['1 %', { drop: 0.01 }],
  ['5 %, late and double ones', { drop: 0.05, reorder: 0.02, duplicate: 0.02 }],
  ['20 %', { drop: 0.2 }],
  ['none, late and double ones', { reorder: 0.1, duplicate: 0.1 }],
];

describe.each([
  ['MPEG-PS', programStream, { 96: 'PS/90000' }],
  ['H264', avc, { 96: 'H264/90000' }],
] as const)('%s through a bad network', (_name, packetize, payloadMap) => {
  it.each(LOSSES)(
    'loss of %s: no torn picture, recovery within a group, true figures',
    async (_percent, trouble) => {
      await using bench = await startBench();
      const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', payloadMap });
      await using relay = await Relay.open(bench.port, trouble);
      const sent = (trouble.drop ?? 0) > 0.1 ? SENT.small : SENT.large;
      const digests = new Map(sent.map((units, index) => [digest(units), index]));
      const pictureOf = new Map<number, number>();
      const hurt = new Set<number>();
      relay.onDrop = (bytes) => hurt.add(pictureOf.get(bytes.readUInt16BE(2)) ?? -1);
      const seen: Frame[] = [];
      void receiver.live.then(() => collect(bench.engine.subscribe('gb/1', { maxQueued: PICTURES }), seen));
      // Sent slowly enough for the system's buffers.
      const socket = createSocket('udp4');
      let sequence = 65_000;
      let total = 0;
      for (const [index, units] of sent.entries()) {
        const payloads = packetize(units, index);
        for (const [i, payload] of payloads.entries()) {
          const marker = i === payloads.length - 1;
          pictureOf.set(sequence, index);
          const packet = serializeRtp({ marker, payloadType: 96, sequence, timestamp: index * 3600, ssrc: Number(SSRC), payload });
          sequence = (sequence + 1) & 0xffff;
          total++;
          socket.send(packet, relay.port, '127.0.0.1');
        }
        if (index % 5 === 4) await until(() => relay.received === total);
      }
      await until(() => relay.received === total);
      socket.close();
      relay.finish();
      const stats = receiver.stats;
      await until(() => stats().packets === relay.sent);
      // What is still waited for is given up after `reorder.holdMs`.
      await until(() => stats().lost === relay.dropped);
      await until(() => (seen.length > 0 ? digests.get(digest(seen[seen.length - 1]?.units ?? [])) : -1) !== undefined);
      expect(stats()).toMatchObject({ lost: relay.dropped, reordered: relay.reordered, duplicate: relay.duplicated, foreign: 0, resyncs: 0 });
      if ((trouble.drop ?? 0) > 0) expect(relay.dropped).toBeGreaterThan(10);
      const indices = seen.map(({ units }) => digests.get(digest(units)));
      // Every picture is one that was sent, whole, in order and once.
      expect(indices).not.toContain(undefined);
      expect(indices).toEqual([...indices].sort((a, b) => (a ?? 0) - (b ?? 0)));
      expect(new Set(indices).size).toBe(indices.length);
      const shown = new Set(indices);
      // Each group whose key frame came is there from it on, whatever was before, up to the next loss; the picture just before that may be
      // given up with it. The last group may be waited for still.
      const from = Math.ceil(((indices[0] ?? 0) + 1) / GOP) * GOP;
      let groups = 0;
      for (let first = from; first < PICTURES - GOP; first += GOP) {
        const group = Array.from({ length: GOP }, (_, i) => first + i);
        const lost = group.findIndex((index) => hurt.has(index));
        const whole = lost < 0 ? group : group.slice(0, Math.max(0, lost - 1));
        expect(whole.filter((index) => !shown.has(index))).toEqual([]);
        if (whole.length > 0) groups++;
      }
      expect(groups).toBeGreaterThan(2);
      expect(seen.length).toBeGreaterThan(0);
      const health = bench.engine.streams.describe('gb/1')?.health ?? {};
      expect(health.lost ?? 0).toBe(relay.dropped);
    },
    20_000,
  );
});

async function collect(subscribing: Promise<AsyncIterable<Frame>>, into: Frame[]): Promise<void> {
  for await (const frame of await subscribing) into.push(frame);
}
