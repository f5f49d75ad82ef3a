import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { ChunkReader, type RtmpMessage, serializeMessage } from '../src/index.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function read(bytes: Buffer, step = bytes.length, chunkBytes = 128): RtmpMessage[] {
  const reader = new ChunkReader();
  reader.setChunkSize(chunkBytes);
  const messages: RtmpMessage[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    reader.push(bytes.subarray(at, at + step));
    for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  }
  return messages;
}

const facts = ({ type, streamId, timestampMs, body }: RtmpMessage) => ({ type, streamId, timestampMs, body: body.toString('hex') });
const code = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof SluiceError ? error.code : `not a SluiceError: ${String(error)}`;
  }
};

describe('chunk reader', () => {
  const golden: [string, string, { type: number; streamId: number; timestampMs: number; body: string }[]][] = [
    ['type 0', '04 000010 000002 08 01000000 aabb', [{ type: 8, streamId: 1, timestampMs: 16, body: 'aabb' }]],
    [
      'types 1, 2 and 3 after it',
      '04 000010 000001 08 01000000 aa  44 000005 000002 08 bbcc  84 000006 dd ee  c4 ff00',
      [
        { type: 8, streamId: 1, timestampMs: 16, body: 'aa' },
        { type: 8, streamId: 1, timestampMs: 21, body: 'bbcc' },
        { type: 8, streamId: 1, timestampMs: 27, body: 'ddee' },
        { type: 8, streamId: 1, timestampMs: 33, body: 'ff00' },
      ],
    ],
    ['two-byte chunk stream id', '00 05 000000 000001 09 01000000 aa', [{ type: 9, streamId: 1, timestampMs: 0, body: 'aa' }]],
    ['three-byte chunk stream id', '01 0501 000000 000001 09 01000000 aa', [{ type: 9, streamId: 1, timestampMs: 0, body: 'aa' }]],
    ['extended timestamp', '04 ffffff 000001 08 01000000 01000000 aa', [{ type: 8, streamId: 1, timestampMs: 0x1000000, body: 'aa' }]],
    [
      'empty message',
      '04 000000 000000 08 01000000 04 000007 000001 08 01000000 aa',
      [
        { type: 8, streamId: 1, timestampMs: 0, body: '' },
        { type: 8, streamId: 1, timestampMs: 7, body: 'aa' },
      ],
    ],
    [
      'time that goes round',
      '04 ffffff 000001 08 01000000 ffffffff aa 44 000002 000001 08 bb',
      [
        { type: 8, streamId: 1, timestampMs: 0xffffffff, body: 'aa' },
        { type: 8, streamId: 1, timestampMs: 1, body: 'bb' },
      ],
    ],
  ];
  it.each(golden)('reads %s, cut anywhere', (_name, bytes, expected) => {
    for (let step = 1; step <= hex(bytes).length; step++) expect(read(hex(bytes), step).map(facts)).toEqual(expected);
  });

  it('takes type 3 chunks with and without the extended timestamp', () => {
    const body = Buffer.alloc(300, 7);
    const expected = [{ type: 9, streamId: 1, timestampMs: 0x1000001, body: body.toString('hex') }];
    const head = hex('06 ffffff 00012c 09 01000000 01000001');
    const time = hex('01000001');
    const type3 = Buffer.of(0xc6);
    const parts = [body.subarray(0, 128), body.subarray(128, 256), body.subarray(256)] as const;
    const withTime = Buffer.concat([head, parts[0], type3, time, parts[1], type3, time, parts[2]]);
    const without = Buffer.concat([head, parts[0], type3, parts[1], type3, parts[2]]);
    for (const bytes of [withTime, without]) for (const step of [1, 13, 1000]) expect(read(bytes, step).map(facts)).toEqual(expected);
    expect(serializeMessage(6, 9, 1, 0x1000001, body, 128)).toEqual(withTime);
  });

  it('keeps nothing of what was pushed once it is settled', () => {
    const message = serializeMessage(4, 8, 1, 0, Buffer.from('abcd'));
    for (let cut = 1; cut <= message.length; cut++) {
      const reader = new ChunkReader();
      const bodies: string[] = [];
      const bytes = Buffer.concat([message, message]);
      for (const [from, to] of [
        [0, message.length + cut],
        [message.length + cut, bytes.length],
      ]) {
        const shared = Buffer.from(bytes.subarray(from, to));
        reader.push(shared);
        const messages: RtmpMessage[] = [];
        for (let next = reader.next(); next !== undefined; next = reader.next()) messages.push(next);
        reader.settle();
        shared.fill(0xff);
        bodies.push(...messages.map(({ body }) => body.toString()));
      }
      expect(bodies).toEqual(['abcd', 'abcd']);
    }
  });

  it('interleaves and aborts', () => {
    const reader = new ChunkReader();
    reader.push(Buffer.concat([hex('04 000000 0000ff 08 01000000'), Buffer.alloc(128, 1), hex('06 000000 000001 09 01000000 aa')]));
    expect(reader.next()?.body.toString('hex')).toBe('aa');
    reader.abort(4);
    reader.push(hex('04 000003 000001 08 01000000 bb'));
    expect(reader.next()?.body.toString('hex')).toBe('bb');
  });

  it.each([
    ['a message beyond its limit', '04 000000 a00001 08 01000000', 'ERR_RTMP_MESSAGE_TOO_LARGE'],
    ['a command beyond its limit', '03 000000 010001 14 00000000', 'ERR_RTMP_MESSAGE_TOO_LARGE'],
    ['a control message beyond its limit', '02 000000 000041 01 00000000', 'ERR_RTMP_MESSAGE_TOO_LARGE'],
    ['a chunk stream that begins with type 3', 'c4 aa', 'ERR_RTMP_CHUNK'],
  ])('refuses %s', (_name, bytes, expected) => {
    expect(code(() => read(hex(bytes)))).toBe(expected);
  });

  it('refuses a header within a message, a 33rd chunk stream and wrong chunk sizes', () => {
    expect(code(() => read(Buffer.concat([hex('04 000000 0000ff 08 01000000'), Buffer.alloc(128), hex('04 000000 000001 08 01000000 aa')])))).toBe(
      'ERR_RTMP_CHUNK',
    );
    const many = Buffer.concat(Array.from({ length: 33 }, (_, n) => Buffer.concat([Buffer.of(3 + n), hex('000000 000001 08 01000000 aa')])));
    expect(code(() => read(many))).toBe('ERR_RTMP_CHUNK_STREAMS');
    for (const bytes of [0, (1 << 20) + 1, 0x7fffffff]) expect(code(() => new ChunkReader().setChunkSize(bytes))).toBe('ERR_RTMP_CHUNK_SIZE');
    for (const bytes of [1, 1 << 20]) expect(code(() => new ChunkReader().setChunkSize(bytes))).toBe('none');
  });

  it('believes no length that was only declared', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 200 }, () => {
      const reader = new ChunkReader();
      reader.push(hex('04 000000 9fffff 09 01000000 aabb'));
      reader.next();
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
    expect(readers.length).toBe(200);
  });

  it('bounds unfinished messages of all chunk streams together', () => {
    const head = (id: number) => Buffer.concat([Buffer.of(id), hex('000000 9fffff 09 01000000')]);
    const reader = new ChunkReader();
    reader.setChunkSize(1 << 20);
    const run = () => {
      for (let id = 3; id < 34; id++) {
        reader.push(Buffer.concat([head(id), Buffer.alloc(1 << 20)]));
        reader.next();
      }
    };
    expect(code(run)).toBe('ERR_RTMP_MESSAGE_TOO_LARGE');
  });
});

describe('chunk writer', () => {
  it('writes what the reader reads', () => {
    const message = fc.record({
      id: fc.integer({ min: 2, max: 33 }),
      type: fc.constantFrom(8, 9, 18),
      streamId: fc.integer({ min: 0, max: 0xffffffff }),
      timestampMs: fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(0xfffffe, 0xffffff, 0x1000000)),
      body: fc.uint8Array({ maxLength: 700 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 500 }), (messages, chunkBytes, step) => {
        const bytes = Buffer.concat(messages.map((m) => serializeMessage(m.id, m.type, m.streamId, m.timestampMs, Buffer.from(m.body), chunkBytes)));
        const back = read(bytes, step, chunkBytes).map(facts);
        expect(back).toEqual(
          messages.map(({ type, streamId, timestampMs, body }) => ({ type, streamId, timestampMs, body: Buffer.from(body).toString('hex') })),
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
