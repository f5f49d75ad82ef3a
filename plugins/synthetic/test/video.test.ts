import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { parseSps } from '@sluice/plugin-codec-h264';
import { writeSps } from '../src/proto/h264-parameters.js';
import { H264Writer } from '../src/proto/h264-writer.js';
import { Picture } from '../src/proto/picture.js';
import { SyntheticVideo } from '../src/proto/video.js';

const START_MS = Date.UTC(2026, 9, 7, 13, 37, 58);
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg) console.warn('skipped: decoding, for want of ffmpeg');

function annexB(units: readonly Buffer[]): Buffer {
  return Buffer.concat(units.flatMap((unit) => [Buffer.from([0, 0, 0, 1]), unit]));
}

function pictures(width: number, height: number, fps: number, count: number): Buffer[] {
  const video = new SyntheticVideo({ width, height, fps }, 'live/demo');
  return Array.from({ length: count }, (_, index) => {
    const wallMs = START_MS + (index * 1000) / fps;
    const text = new Date(wallMs).toISOString();
    return annexB(video.picture({ time: text.slice(11, 23), date: `${text.slice(0, 10)} UTC+00:00`, wallMs }, index % (fps * 2) === 0));
  });
}

/** Raw planes of all pictures; throws what the decoder complains about. */
function decode(stream: Buffer): Buffer {
  const options = { input: stream, maxBuffer: 2 ** 30 };
  const result = spawnSync('ffmpeg', ['-v', 'warning', '-f', 'h264', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'], options);
  if (result.stderr.length > 0) throw new Error(result.stderr.toString());
  return result.stdout;
}

describe('pictures of the synthetic camera', () => {
  it('are the same bytes for the same time', () => {
    const hash = createHash('sha256')
      .update(Buffer.concat(pictures(640, 360, 25, 60)))
      .digest('hex');
    expect(hash).toBe('3cdea0526b7e872ea218e141fb17e0e41354d7d4a4c5cf7aef46887960868e92');
  });

  it('have their own memory', () => {
    const video = new SyntheticVideo({ width: 320, height: 180, fps: 25 }, 'a/b');
    const first = video.picture({ time: '00:00:00.000', date: '', wallMs: 0 }, true);
    const before = Buffer.concat(first);
    video.picture({ time: '11:11:11.111', date: 'x', wallMs: 1111 }, true);
    expect(Buffer.concat(first).equals(before)).toBe(true);
  });

  it.each([
    [640, 360, 25],
    [1920, 1080, 30],
    [322, 182, 1],
  ])('say %i x %i at %i fps in the SPS', (width, height, fps) => {
    expect(parseSps(writeSps({ width, height, fps }))).toMatchObject({ width, height, fps });
  });

  (hasFfmpeg ? it : it.skip).each([
    [640, 360, 25],
    [1280, 720, 30],
    [322, 182, 15],
    [480, 640, 10],
  ])('decode without a warning at %i x %i', (width, height, fps) => {
    const count = fps * 2 + 5;
    expect(decode(Buffer.concat(pictures(width, height, fps, count))).length).toBe((width * height * 3 * count) / 2);
  });

  (hasFfmpeg ? it : it.skip)('are decoded to exactly what was drawn', () => {
    const picture = new Picture(64, 48);
    const writer = new H264Writer(picture);
    const { pps } = new SyntheticVideo({ width: 320, height: 180, fps: 25 }, '');
    const drawn: Buffer[] = [];
    const coded: Buffer[] = [writeSps({ width: 64, height: 48, fps: 25 }), pps];
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % below;
    };
    for (let index = 0; index < 40; index++) {
      const tone = { y: 16 + random(200), cb: 16 + random(200), cr: 16 + random(200) };
      picture.fill(2 * random(32), 2 * random(24), 2 * random(24), 2 * random(20), tone);
      coded.push(writer.write(index % 10 === 0));
      drawn.push(Buffer.from(picture.luma), Buffer.from(picture.cb), Buffer.from(picture.cr));
    }
    expect(decode(annexB(coded)).equals(Buffer.concat(drawn))).toBe(true);
  });
});
