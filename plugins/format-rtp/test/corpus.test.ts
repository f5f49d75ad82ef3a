import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core';
import { parseRtp, ReorderWindow, Rfc4571Deframer } from '../src/index.js';

const cases = join(import.meta.dirname, '../../../../shared/cases');
const corpus = join(cases, 'corpus');
const index = join(corpus, 'cases.json');
const withCorpus = existsSync(index) ? describe : describe.skip;

interface Case {
  readonly id: string;
}

function cut(bytes: Buffer, sink: (packet: Buffer) => void): void {
  const deframer = new Rfc4571Deframer({ packet: sink, resynced: () => undefined });
  deframer.push(bytes);
}

withCorpus('corpus rtp/*', () => {
  const parsed: unknown = existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : [];
  const list = (Array.isArray(parsed) ? parsed : (parsed as { cases: Case[] }).cases) as Case[];
  const files = list.filter(({ id }) => /^(rtp|rtcp)\//.test(id) && existsSync(join(corpus, id)));

  it.each(files.map(({ id }) => id))('%s', (id) => {
    const bytes = readFileSync(join(corpus, id));
    const window = new ReorderWindow({ packet: () => undefined, gap: () => undefined });
    const take = (packet: Buffer) => window.push(parseRtp(packet), 0);
    for (const feed of [() => take(bytes), () => cut(bytes, take)]) {
      try {
        feed();
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
      }
    }
    window.flush();
  });
});

const hik = join(cases, 'gb28181/lal-hik-ps-10pkts.rtp4571');
(existsSync(hik) ? it : it.skip)('a Hikvision recording: ten packets and the gap from 8 to 291', () => {
  const out: (number | string)[] = [];
  const window = new ReorderWindow({ packet: (p) => out.push(p.sequence), gap: (count) => out.push(`gap ${count}`) });
  cut(readFileSync(hik), (packet) => window.push(parseRtp(packet), 0));
  window.flush();
  expect(out).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 'gap 282', 291]);
});
