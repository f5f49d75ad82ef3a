import { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import { type Target, wholeTarget } from '../../src/target.js';

const seeds = { made: ['good', 'bad!', 'length 9'] };

/** Parsers that each have one fault, for the fuzzer to find. */
export const targets: readonly Target[] = [
  wholeTarget('good', seeds, (input) => {
    if (input.includes('!')) throw new SluiceError('ERR_BAD', 'as it should be');
  }),
  wholeTarget('throws', seeds, (input) => {
    if (input.length > 0 && input[0] === 0x62) throw new TypeError('it is not a SluiceError');
  }),
  wholeTarget('hangs', seeds, (input) => {
    while (input[0] === 0x62);
  }),
  wholeTarget('believes', seeds, (input) => {
    if (input.includes('length')) Buffer.alloc(64 << 20);
  }),
  wholeTarget('repeats', seeds, (_input, tell) => {
    for (let n = 0; n < 200; n++) tell('again', 'x'.repeat(10_000));
  }),
  wholeTarget('writes', seeds, (input) => {
    input[0] = 0;
  }),
  {
    name: 'holds',
    seeds,
    cuts: 'whole',
    start: () => {
      const held: Buffer[] = [];
      return { push: (piece) => void held.push(Buffer.alloc(1 << 20, piece)) };
    },
  },
  {
    name: 'cuts',
    seeds,
    cuts: 'nothing',
    start: (tell) => ({ push: (piece) => tell('piece', piece) }),
  },
  {
    name: 'views',
    seeds,
    cuts: 'nothing',
    copies: true,
    start: (tell) => {
      const pieces: Buffer[] = [];
      return { push: (piece) => void pieces.push(piece), end: () => tell('all', Buffer.concat(pieces)) };
    },
  },
];
