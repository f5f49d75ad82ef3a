/** Sample values of ITU-T G.711 codes, -1 to 1. */
export type G711Law = 'g711a' | 'g711u';

const TABLES: Readonly<Record<G711Law, Float32Array>> = { g711a: table(aLaw), g711u: table(muLaw) };

function table(decode: (code: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => decode(code) / 32_768);
}

/** ITU-T G.711 table 1: even bits are inverted, the value is 13 bits wide. */
function aLaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) | 8;
  const value = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (bits & 0x80) !== 0 ? value : -value;
}

/** ITU-T G.711 table 2: all bits are inverted, the value is 14 bits wide. */
function muLaw(code: number): number {
  const bits = ~code & 0xff;
  const value = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return (bits & 0x80) !== 0 ? -value : value;
}

/** Decodes G.711 of one channel, or of several interleaved. */
export function decodeG711(law: G711Law, codes: Uint8Array, channels: number): Float32Array[] {
  const values = TABLES[law];
  const length = Math.floor(codes.length / channels);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(length);
    for (let i = 0, at = channel; i < length; i++, at += channels) samples[i] = values[codes[at] as number] as number;
    return samples;
  });
}
