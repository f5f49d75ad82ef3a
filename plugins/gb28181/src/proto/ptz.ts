/** The eight bytes of PTZCmd without what follows from them (GB/T 28181-2016 annex A.3.1). */
export interface PtzBytes {
  /** 12 bits. */
  readonly address: number;
  readonly command: number;
  readonly data1: number;
  readonly data2: number;
  /** 4 bits. */
  readonly data3: number;
}

/** Where to move, and how fast: -1 to 1 each. Right, up and in are positive; 0 stays. */
export interface PtzMove {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

const FIRST = 0xa5;
/** Version 0, and the check (0xA + 0x5 + version) % 16 below it. */
const VERSION = 0x0f;
const ZOOM_OUT = 0x20;
const ZOOM_IN = 0x10;
const UP = 0x08;
const DOWN = 0x04;
const LEFT = 0x02;
const RIGHT = 0x01;
const HEX = /^[0-9a-f]{16}$/i;

function checksum(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum + byte, 0) % 256;
}

/** Sixteen hex digits. */
export function serializePtz({ address, command, data1, data2, data3 }: PtzBytes): string {
  const bytes = [FIRST, VERSION, address & 0xff, command & 0xff, data1 & 0xff, data2 & 0xff, ((data3 & 0x0f) << 4) | ((address >> 8) & 0x0f)];
  return [...bytes, checksum(bytes)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}

/** Reads sixteen hex digits; undefined where the length, the first bytes or the checksum are wrong. */
export function parsePtz(text: string): PtzBytes | undefined {
  if (!HEX.test(text)) return undefined;
  const bytes = Array.from({ length: 8 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));
  const [first = 0, version = 0, low = 0, command = 0, data1 = 0, data2 = 0, mixed = 0, check = 0] = bytes;
  if (first !== FIRST || version !== VERSION || checksum(bytes.slice(0, 7)) !== check) return undefined;
  return { address: ((mixed & 0x0f) << 8) | low, command, data1, data2, data3: mixed >> 4 };
}

/** Rounded; what moves at all moves at least at the slowest speed. */
function speed(value: number, fastest: number): number {
  return value === 0 ? 0 : Math.max(1, Math.round(Math.min(1, Math.abs(value)) * fastest));
}

/** The bytes of a movement; all zeros stop everything. */
export function moveBytes({ pan, tilt, zoom }: PtzMove, address = 1): PtzBytes {
  const command = (pan > 0 ? RIGHT : pan < 0 ? LEFT : 0) | (tilt > 0 ? UP : tilt < 0 ? DOWN : 0) | (zoom > 0 ? ZOOM_IN : zoom < 0 ? ZOOM_OUT : 0);
  return { address, command, data1: speed(pan, 255), data2: speed(tilt, 255), data3: speed(zoom, 15) };
}

/** The movement that bytes ask for; undefined where they are another command (presets, cruises, focus), or ask for opposites at once. */
export function readMove({ command, data1, data2, data3 }: PtzBytes): PtzMove | undefined {
  if (command > 0x3f) return undefined;
  const has = (bit: number) => (command & bit) !== 0;
  if ((has(ZOOM_IN) && has(ZOOM_OUT)) || (has(UP) && has(DOWN)) || (has(LEFT) && has(RIGHT))) return undefined;
  return {
    pan: has(RIGHT) ? data1 / 255 : has(LEFT) ? -data1 / 255 : 0,
    tilt: has(UP) ? data2 / 255 : has(DOWN) ? -data2 / 255 : 0,
    zoom: has(ZOOM_IN) ? data3 / 15 : has(ZOOM_OUT) ? -data3 / 15 : 0,
  };
}
