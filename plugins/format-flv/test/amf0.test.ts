import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { type Amf0Value, amf0Get, parseAmf0, serializeAmf0 } from '../src/index.js';

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus/rtmp');
const there = existsSync(corpus) ? it : it.skip;
const files = (folder: string) => readdirSync(join(corpus, folder)).map((name): [string, Buffer] => [name, readFileSync(join(corpus, folder, name))]);
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const code = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof SluiceError && error.fatal ? error.code : `not a fatal SluiceError: ${String(error)}`;
  }
};

describe('AMF0', () => {
  it.each<[string, Amf0Value[]]>([
    ['00 3ff0000000000000', [1]],
    ['01 01 01 00', [true, false]],
    ['02 0003 616263', ['abc']],
    ['05 06', [null, undefined]],
    ['0a 00000002 05 01 01', [[null, true]]],
    ['0b 0000000000000000 0000', [new Date(0)]],
    ['08 00000001 0001 61 05 000009', [new Map([['a', null]])]],
  ])('reads and writes %s', (text, values) => {
    expect(parseAmf0(hex(text))).toEqual(values);
    expect(serializeAmf0(...values).toString('hex')).toBe(text.replaceAll(' ', ''));
  });

  it('gives objects without a prototype', () => {
    const [object] = parseAmf0(hex('03 0009 5f5f70726f746f5f5f 05 0001 61 02 0001 62 000009'));
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(amf0Get(object, 'a')).toBe('b');
    expect(amf0Get(object, 'toString')).toBeUndefined();
  });

  it('reads an ECMA array without its end', () => {
    expect(parseAmf0(hex('08 00000001 0001 61 05'))).toEqual([new Map([['a', null]])]);
  });

  it.each([
    ['nested too deep', Buffer.concat([...Array.from({ length: 18 }, () => hex('0a 00000001')), hex('05')]), 'ERR_AMF0_LIMIT'],
    ['an array longer than its bytes', hex('0a ffffffff 05'), 'ERR_AMF0_CUT'],
    ['a string longer than its bytes', hex('0c 0000ffff 61'), 'ERR_AMF0_CUT'],
    ['a string that is too long', hex('0c 00010001 61'), 'ERR_AMF0_LIMIT'],
    ['a cut number', hex('00 3ff0'), 'ERR_AMF0_CUT'],
    ['a type that is none', hex('11'), 'ERR_AMF0_MARKER'],
    [
      'too many properties',
      Buffer.concat([hex('03'), ...Array.from({ length: 1025 }, (_, n) => Buffer.concat([hex('0004'), Buffer.from(String(n).padStart(4, '0')), hex('05')]))]),
      'ERR_AMF0_LIMIT',
    ],
  ])('refuses %s', (_name, bytes, expected) => {
    expect(code(() => parseAmf0(bytes))).toBe(expected);
  });

  it('reads what it wrote', () => {
    const text = fc.string({ maxLength: 20 });
    const { value } = fc.letrec<{ value: Amf0Value }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', maxDepth: 5 },
        fc.double({ noNaN: true }),
        fc.boolean(),
        text,
        fc.constant(null),
        fc.constant(undefined),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .array(
            fc.tuple(
              text.filter((name) => name !== ''),
              tie('value'),
            ),
            { maxLength: 4 },
          )
          .map((pairs) => new Map(pairs)),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        expect(parseAmf0(serializeAmf0(...values))).toEqual(values);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('throws nothing but SluiceErrors, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(code(() => parseAmf0(Buffer.from(bytes.map((byte) => (byte > 64 ? byte & 15 : byte)))))).not.toMatch(/^not/);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  there('reads what real encoders, cameras and servers sent', () => {
    for (const [name, bytes] of [...files('amf0-captures'), ...files('amf0').filter(([file]) => /^(all_supported|connect|srs\.)/.test(file))]) {
      expect([name, code(() => parseAmf0(bytes))]).toEqual([name, 'none']);
    }
  });

  there('survives the others, cut anywhere', () => {
    for (const [name, bytes] of [...files('fuzz-amf0'), ...files('amf0'), ...files('amf0-captures')]) {
      for (let cut = 0; cut <= Math.min(bytes.length, 600); cut++)
        expect([name, code(() => parseAmf0(bytes.subarray(0, cut)))]).not.toEqual([name, expect.stringMatching(/^not/)]);
    }
  });
});
