import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core';
import { joinAnnexB } from '@sluice/plugin-codec-nal';
import { parseRtp, parseRtpFormat, ReorderWindow, Rfc4571Deframer, type RtpFormat } from '../src/index.js';
import { hex, packetsOf, run } from './support.js';

const cases = join(import.meta.dirname, '../../../../shared/cases');
const corpus = join(cases, 'corpus');
const index = join(corpus, 'cases.json');
const withCorpus = existsSync(index) ? describe : describe.skip;

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly expected_file?: string;
}

function cut(bytes: Buffer, sink: (packet: Buffer) => void): void {
  const deframer = new Rfc4571Deframer({ packet: sink, resynced: () => undefined });
  deframer.push(bytes);
}

function readIndex(): Case[] {
  return existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Case[]) : [];
}

withCorpus('corpus rtp/*', () => {
  const files = readIndex().filter(({ id }) => /^(rtp|rtcp)\//.test(id) && existsSync(join(corpus, id)));

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

/** Where the file says nothing of the payload, its folder does. */
const FORMATS: readonly [RegExp, RtpFormat][] = [
  [/^rtp\/h264\//, parseRtpFormat('H264/90000')],
  [/^rtp\/(h265|lal\/.*Hevc)/, parseRtpFormat('H265/90000')],
  [/^rtp\/mpeg4audio\/.*fragmented_custom/, parseRtpFormat('MPEG4-GENERIC/48000', 'sizelength=13')],
  [/^rtp\/mpeg4audio\/.*single_custom/, parseRtpFormat('MPEG4-GENERIC/48000', 'sizelength=6;indexlength=2;indexdeltalength=2')],
  [/^rtp\/(mpeg4audio|lal\/.*Aac)/, parseRtpFormat('MPEG4-GENERIC/48000')],
];

withCorpus('corpus rtp/*: what depacketisers make of it', () => {
  const files = readIndex().filter(({ id, kind }) => kind === 'rtp4571' && FORMATS.some(([pattern]) => pattern.test(id)));

  it.each(files.map(({ id, expected_file }) => [id, expected_file]))('%s', (id, expected) => {
    const format = FORMATS.find(([pattern]) => pattern.test(id))?.[1];
    const { units } = run(format ?? 'H264', packetsOf(readFileSync(join(corpus, id))));
    if (expected === undefined) return;
    expect(hex([joinAnnexB(units.flatMap(({ units: nals }) => nals))])).toEqual(hex([readFileSync(join(corpus, expected))]));
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
