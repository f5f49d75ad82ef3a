import { SluiceError } from '@sluice/core';
import { ServerHandshake } from '../src/index.js';
import { answerHandshake, verifyClientDigest } from '../src/proto/handshake.js';
import { cases, haveCorpus, tools } from './support.js';

const c0c1 = cases('rtmp/handshake').filter(([name]) => name.includes('c0c1'));
const there = haveCorpus ? it : it.skip;

describe('handshake', () => {
  it('echoes C1 where it has no digest, and hands on what follows C2, cut anywhere', () => {
    const c1 = Buffer.from(Array.from({ length: 1536 }, (_, n) => n & 0xff)).fill(0, 4, 8);
    const all = Buffer.concat([Buffer.of(3), c1, Buffer.alloc(1536), Buffer.from('more')]);
    for (let cut = 1; cut < all.length; cut += cut < 4 || cut > 1530 ? 1 : 97) {
      const out: Buffer[] = [];
      const handshake = new ServerHandshake(tools, (bytes) => out.push(bytes));
      const first = handshake.receive(all.subarray(0, cut));
      const rest = first === undefined ? handshake.receive(all.subarray(cut)) : Buffer.concat([first, all.subarray(cut)]);
      expect(rest?.toString()).toBe('more');
      const answer = Buffer.concat(out);
      expect(answer.length).toBe(3073);
      expect(answer[0]).toBe(3);
      expect(answer.subarray(1537).equals(c1)).toBe(true);
    }
  });

  it('refuses other versions at the first byte', () => {
    for (const first of [0x16, 0x47, 0x06, 0x00]) {
      const handshake = new ServerHandshake(tools, () => {});
      expect(() => handshake.receive(Buffer.of(first))).toThrow(SluiceError);
    }
  });

  there('answers real clients: with digests where theirs is right', () => {
    expect(c0c1.length).toBeGreaterThan(0);
    const verified = c0c1.filter(([, bytes]) => {
      const c1 = bytes.subarray(1, 1537);
      const digest = verifyClientDigest(c1, tools);
      const answer = answerHandshake(c1, tools);
      expect(answer.length).toBe(3073);
      expect(answer.subarray(1537).equals(c1)).toBe(digest === undefined);
      return digest !== undefined;
    });
    expect(verified.length).toBeGreaterThan(0);
  });
});
