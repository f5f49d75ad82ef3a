import fc from 'fast-check';
import { moveBytes, type PtzBytes, parsePtz, readMove, serializePtz } from '../src/proto/ptz.js';

const bytes = (command: number, data1 = 0, data2 = 0, data3 = 0, address = 1): PtzBytes => ({ address, command, data1, data2, data3 });

// Captured from a Hikvision platform (address 4D), and worked out from the standard.
const KNOWN: readonly (readonly [string, string, PtzBytes])[] = [
  ['right at 0x90', 'a50f4d0190000092', bytes(0x01, 0x90, 0, 0, 0x4d)],
  ['stop', 'a50f4d0000000001', bytes(0, 0, 0, 0, 0x4d)],
  ['stop, address 1', 'a50f0100000000b5', bytes(0)],
  ['up', 'a50f010800c80085', bytes(0x08, 0, 0xc8)],
  ['left', 'a50f0102c800007f', bytes(0x02, 0xc8)],
  ['zoom out', 'a50f0120000010e5', bytes(0x20, 0, 0, 1)],
  ['zoom in', 'a50f0110000010d5', bytes(0x10, 0, 0, 1)],
  ['right, up and zoom out', 'a50f0129c8c8f05e', bytes(0x29, 0xc8, 0xc8, 0x0f)],
  ['preset 1 set', 'a50f018100010037', bytes(0x81, 0, 1)],
  ['preset 1 called', 'a50f018200010038', bytes(0x82, 0, 1)],
  ['focus far', 'a50f014180000076', bytes(0x41, 0x80)],
  ['wiper on', 'a50f018c01000042', bytes(0x8c, 1)],
];

it.each(KNOWN)('%s', (_name, text, parsed) => {
  expect(serializePtz(parsed).toLowerCase()).toBe(text);
  expect(parsePtz(text)).toEqual(parsed);
  expect(parsePtz(text.toUpperCase())).toEqual(parsed);
});

it('reads what it wrote', () => {
  const any = fc.record({
    address: fc.nat(0xfff),
    command: fc.nat(0xff),
    data1: fc.nat(0xff),
    data2: fc.nat(0xff),
    data3: fc.nat(0xf),
  });
  fc.assert(fc.property(any, (value) => expect(parsePtz(serializePtz(value))).toEqual(value)));
});

it.each(['', 'a50f4d01900000', 'a50f4d019000009200', 'a50f4d0190000093', 'b50f4d01900000a2', 'a50e4d0190000091', 'a50f4d01900000zz'])(
  "refuses '%s'",
  (text) => {
    expect(parsePtz(text)).toBeUndefined();
  },
);

it('makes any single wrong byte visible', () => {
  fc.assert(
    fc.property(fc.nat(7), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const good = Buffer.from('a50f0129c8c8f05e', 'hex');
      good[at] = ((good[at] ?? 0) + by) % 256;
      expect(parsePtz(good.toString('hex'))).toBeUndefined();
    }),
  );
});

it.each([
  [{ pan: 0, tilt: 0, zoom: 0 }, 'A50F0100000000B5'],
  [{ pan: 1, tilt: 0, zoom: 0 }, 'A50F0101FF0000B5'],
  [{ pan: -1, tilt: 0, zoom: 0 }, 'A50F0102FF0000B6'],
  [{ pan: 0, tilt: 0.784, zoom: 0 }, 'A50F010800C80085'],
  [{ pan: 0, tilt: -0.001, zoom: 0 }, 'A50F0104000100BA'],
  [{ pan: 0, tilt: 0, zoom: 1 / 15 }, 'A50F0110000010D5'],
  [{ pan: 200 / 255, tilt: 200 / 255, zoom: -1 }, 'A50F0129C8C8F05E'],
])('moves %o', (move, text) => {
  expect(serializePtz(moveBytes(move))).toBe(text);
  const read = readMove(moveBytes(move));
  for (const key of ['pan', 'tilt', 'zoom'] as const) expect(read?.[key]).toBeCloseTo(move[key], 1);
});

it('takes presets and opposites for no movement', () => {
  expect(readMove(bytes(0x81, 0, 1))).toBeUndefined();
  for (const command of [0x30, 0x0c, 0x03]) expect(readMove(bytes(command, 1, 1, 1))).toBeUndefined();
});
