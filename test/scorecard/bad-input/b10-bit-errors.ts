import { setTimeout as sleep } from 'node:timers/promises';
import { readFlv, type SourceTag, sendFlv } from '../../e2e/support/flv-sender.js';
import { viewFlv } from '../../e2e/support/flv-viewer.js';
import { start } from '../../e2e/support/programs.js';
import { witnessFile } from '../../e2e/support/witness.js';
import type { ScorecardTest } from '../types.js';
import { seeded } from './mutate.js';

const PATH = 'b10/noisy';
const SEED = 10;
/** Of a thousand pictures or sounds, so many have an error. */
const DAMAGED_PER_MILLE = 50;
/** FLV's head of a picture, a length, and the head of its first slice are left alone: those are not payload. */
const HEAD_BYTES = 16;
/** A group of pictures of the film, and what a decoder and a busy machine take. */
const MARGIN_MS = 2000;

/** The film as often as it fits, with a bit or three flipped in some of its payloads. */
export function noisyFilm(film: readonly SourceTag[], seconds: number, seed: number): { readonly tags: SourceTag[]; readonly errors: number } {
  const next = seeded(seed);
  const lastMs = film.at(-1)?.dtsMs ?? 0;
  const lengthMs = lastMs + 40;
  const tags: SourceTag[] = [];
  let errors = 0;
  for (let beginMs = 0; beginMs < seconds * 1000; beginMs += lengthMs) {
    for (const tag of film) {
      if (tag.isConfig && beginMs > 0) continue;
      let { body } = tag;
      if (!tag.isConfig && body.length > HEAD_BYTES + 8 && next() % 1000 < DAMAGED_PER_MILLE) {
        body = Buffer.from(body);
        for (let flips = 1 + (next() % 3); flips > 0; flips--) {
          const at = HEAD_BYTES + (next() % (body.length - HEAD_BYTES));
          body[at] = (body[at] ?? 0) ^ (1 << (next() % 8));
          errors++;
        }
      }
      tags.push({ ...tag, body, dtsMs: tag.dtsMs + beginMs });
    }
  }
  return { tags: tags.filter(({ dtsMs }) => dtsMs <= seconds * 1000), errors };
}

/** The longest time between two key frames. */
function gopMs(tags: readonly SourceTag[]): number {
  const keys = tags.filter(({ kind, isConfig, body }) => kind === 'video' && !isConfig && (body[0] ?? 0) >> 4 === 1).map(({ dtsMs }) => dtsMs);
  return Math.max(0, ...keys.slice(1).map((at, index) => at - (keys[index] ?? 0)));
}

/** B10: a picture with errors is a picture all the same. */
export const b10: ScorecardTest = {
  id: 'B10',
  title: 'a good stream with random bit errors in its payload',
  files: [witnessFile],
  async run(site) {
    const seconds = site.choose(15, 60, 600);
    const film = readFlv(witnessFile, 3600);
    const { tags, errors } = noisyFilm(film, seconds + 3, SEED);
    const publisher = sendFlv(site.ports.rtmp, PATH, tags, ({ dtsMs }) => dtsMs);
    for (const end = performance.now() + 10_000; ; await sleep(100)) {
      if ((await site.api<{ state?: string }>(`/streams/${PATH}`)).body.state === 'live') break;
      if (performance.now() > end) throw new Error('the stream did not come');
    }
    let pictures = 0;
    let closed = false;
    const viewer = viewFlv(site.url('http', `${PATH}.flv`), ({ type }) => {
      if (type === 9) pictures++;
    });
    void viewer.closed.then(() => {
      closed = true;
    });
    const decoder = start(
      'ffmpeg',
      ['-v', 'quiet', '-stats_period', '0.25', '-nostats', '-progress', 'pipe:1', '-i', site.url('http', `${PATH}.flv`), '-f', 'null', '-'],
      {
        timeoutMs: (seconds + 60) * 1000,
      },
    );
    const decoded = (): number =>
      Number(
        [
          ...decoder
            .output()
            .slice(-2000)
            .matchAll(/^frame=\s*(\d+)/gm),
        ].at(-1)?.[1] ?? 0,
      );
    const most = gopMs(film) + MARGIN_MS;
    let longestMs = 0;
    let last = 0;
    let lastAtMs = performance.now();
    try {
      for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(100)) {
        if (decoded() > last) {
          last = decoded();
          lastAtMs = performance.now();
        }
        longestMs = Math.max(longestMs, performance.now() - lastAtMs);
        if (closed) throw new Error('the viewer was cut');
        if (decoder.process.exitCode !== null) throw new Error(`the decoder ended: ${decoder.process.exitCode}`);
        if (longestMs > most) throw new Error(`nothing decoded for ${Math.round(longestMs)} ms`);
      }
      const { body } = await site.api<{ state?: string }>(`/streams/${PATH}`);
      if (body.state !== 'live') throw new Error(`the stream is ${body.state ?? 'gone'}`);
    } finally {
      publisher.stop();
      viewer.close();
      await decoder.stop('SIGKILL');
    }
    return `${seconds} s with ${errors} bits flipped, ${pictures} pictures to a viewer, ${last} decoded, never longer than ${(longestMs / 1000).toFixed(1)} s without one`;
  },
};
