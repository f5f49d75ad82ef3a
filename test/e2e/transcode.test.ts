import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playerBecomes, startBrowser } from './support/browser.js';
import { readFlv, type SourceTag, sendFlv } from './support/flv-sender.js';
import { root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';
import { decodeSound, onsets, pitch, record, soundFormat, soundStart } from './support/sound.js';

const PASSWORD = 'not-a-secret';
const SECONDS = 20;

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly codec: string; readonly sampleRate?: number }[];
}

describeWith({ programs: ['ffmpeg', 'ffprobe'] }, 'sound that browsers do not play', () => {
  let server: Server;
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const CASES = [
    { name: 'g711a-8k', codec: 'g711a', encoder: 'pcm_alaw', raw: 'alaw', rate: 8000 },
    { name: 'g711u-8k', codec: 'g711u', encoder: 'pcm_mulaw', raw: 'mulaw', rate: 8000 },
    { name: 'g711a-16k', codec: 'g711a', encoder: 'pcm_alaw', raw: 'alaw', rate: 16_000 },
    { name: 'g711u-16k', codec: 'g711u', encoder: 'pcm_mulaw', raw: 'mulaw', rate: 16_000 },
  ] as const;

  /** A film with a tone of 1 kHz. FLV knows 8 kHz only: at 16 kHz the tone is written as if it were that, at times of the true rate. */
  const film = async ({ name, encoder, raw, rate }: (typeof CASES)[number]): Promise<void> => {
    const sound = file(`${name}.${raw}`);
    const tone = `sine=frequency=1000:sample_rate=${rate}:duration=${SECONDS}`;
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', tone, '-c:a', encoder, '-f', raw, sound]);
    const half = rate === 8000 ? '1' : '1/2';
    const setts = `setts=pts=PTS*${half}:dts=DTS*${half}:duration=DURATION*${half}`;
    const inputs = ['-f', 'lavfi', '-i', `testsrc=size=320x240:rate=25:duration=${SECONDS}`, '-f', raw, '-ar', '8000', '-i', sound];
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
    await run('ffmpeg', ['-v', 'error', ...inputs, ...video, '-c:a', 'copy', '-bsf:a', setts, '-f', 'flv', file(`${name}.flv`)]);
  };
  const publish = (name: string) =>
    start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', file(`${name}.flv`), '-c', 'copy', '-f', 'flv', server.url('rtmp', `live/${name}`)]);
  /** Once both tracks are known, and how fast the samples really run. */
  const live = (name: string, rate = 8000) =>
    streamState<StreamBody>(server, `live/${name}`, ({ state, tracks }) => state === 'live' && tracks.length === 2 && tracks[1]?.sampleRate === rate);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-transcode-'));
    await Promise.all(CASES.map(film));
    server = await startServer('all-in-one', [`gb28181.sip.password=${PASSWORD}`, 'synthetic.streams=[]']);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true });
  }, 30_000);

  it.each(CASES)(
    '$name over RTMP comes out of HTTP-FLV and HLS as AAC with its pitch, and of RTMP as it is where RTMP can say it',
    async ({ name, codec, encoder, rate }) => {
      const publisher = publish(name);
      expect((await live(name, rate)).tracks.map((track) => track.codec)).toEqual(['h264', codec]);
      const [flv, rtmp] = [server.url('http', `live/${name}.flv`), server.url('rtmp', `live/${name}`)];
      const hls = server.url('http', `live/${name}.m3u8`);
      const urls = [flv, `${flv}?audio=original`, rtmp, `${rtmp}?audio=aac`, hls];
      await Promise.all(urls.map((url, i) => record(url, i % 4 === 0 ? 4 : 1, file(`out-${i}.flv`))));
      const formats = await Promise.all(urls.map((_, i) => soundFormat(file(`out-${i}.flv`))));
      const original = `${encoder},8000,1`;
      // RTMP cannot say 16 kHz: the original would be heard at half its speed.
      expect(formats).toEqual(['aac,11025,1', original, rate === 8000 ? original : 'aac,11025,1', 'aac,11025,1', 'aac,11025,1']);
      for (const out of ['out-0.flv', 'out-4.flv']) expect(Math.abs(pitch(await decodeSound(file(out))) - 1000)).toBeLessThan(10);
      await publisher.stop('SIGKILL');
    },
    60_000,
  );

  it('keeps lips in step: beeps are within 20 ms of where the original has them', async () => {
    const beep = 'aevalsrc=if(lt(mod(t\\,1)\\,0.3)\\,0.5*sin(2*PI*1000*t)\\,0):s=8000';
    const inputs = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-f', 'lavfi', '-i', beep];
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'pcm_alaw'];
    const publisher = start('ffmpeg', ['-v', 'error', '-re', ...inputs, ...codecs, '-f', 'flv', server.url('rtmp', 'live/beep')]);
    await live('beep');
    const flv = server.url('http', 'live/beep.flv');
    const heard = async (url: string, name: string): Promise<number[]> => {
      await record(url, 5, file(name));
      // FFmpeg moves the first packet of a recording to zero: beeps are told by the picture, whose first one begins the recording.
      const start = await soundStart(file(name));
      return onsets(await decodeSound(file(name))).map((at) => start + at);
    };
    const [aac, original] = await Promise.all([heard(flv, 'beep-aac.flv'), heard(`${flv}?audio=original`, 'beep-original.flv')]);
    expect(aac.length).toBeGreaterThanOrEqual(3);
    for (const at of aac.slice(0, 3)) {
      // Both recordings begin with a key picture, a whole number of seconds apart.
      const offs = original.map((other) => Math.abs(((((at - other) % 1) + 1.5) % 1) - 0.5));
      expect(Math.min(...offs)).toBeLessThan(0.02);
    }
    await publisher.stop('SIGKILL');
  }, 60_000);

  it('of GB28181 cameras comes out of HTTP-FLV with its pitch', async () => {
    const pitches = await Promise.all(
      CASES.map(async ({ name }, i) => {
        const id = `3402000000132000000${i + 1}`;
        const who = ['--server', `127.0.0.1:${server.ports.sip}`, '--password', PASSWORD, '--id', id];
        const camera = start(process.execPath, [join(root, 'core/bin/sluice.js'), 'camera', ...who, '--file', file(`${name}.flv`)]);
        await camera.wrote(/is registered/);
        await record(server.url('http', `gb/${id}.flv`), 4, file(`camera-${i}.flv`));
        expect(await soundFormat(file(`camera-${i}.flv`))).toBe('aac,11025,1');
        await camera.stop('SIGINT');
        return pitch(await decodeSound(file(`camera-${i}.flv`)));
      }),
    );
    for (const measured of pitches) expect(Math.abs(measured - 1000)).toBeLessThan(10);
  }, 60_000);

  it('that is AAC of half the rate it says: 22 packets a second of 92 ms each become a true tone', async () => {
    const tone = ['-f', 'lavfi', '-i', `sine=frequency=1000:sample_rate=22050:duration=${SECONDS}`, '-f', 's16le', file('tone.s16le')];
    await run('ffmpeg', ['-v', 'error', ...tone]);
    const picture = ['-i', file('g711a-8k.flv'), '-f', 's16le', '-ar', '11025', '-ac', '1', '-i', file('tone.s16le'), '-map', '0:v', '-map', '1:a'];
    await run('ffmpeg', ['-v', 'error', ...picture, '-c:v', 'copy', '-c:a', 'aac', file('double.flv')]);
    // Sent at its true pace, with times that hop back to it every five seconds.
    const tags = readFlv(file('double.flv'), 2 * SECONDS)
      .map((tag) => (tag.kind === 'audio' ? { ...tag, dtsMs: tag.dtsMs / 2 } : tag))
      .sort((one, other) => one.dtsMs - other.dtsMs);
    const hopEvery = 108;
    const says = ({ kind, dtsMs, index }: SourceTag): number => {
      if (kind === 'video') return dtsMs;
      return (Math.floor(index / hopEvery) * hopEvery * 1024_000) / 22_050 + (index % hopEvery) * 92;
    };
    const sender = sendFlv(server.ports.rtmp, 'live/double', tags, says);
    await live('double', 22_050);
    await record(server.url('http', 'live/double.flv'), 6, file('out.flv'));
    sender.stop();
    expect(await soundFormat(file('out.flv'))).toBe('aac,11025,1');
    // The group of pictures that it began with may have sound from before the rate was known.
    const { samples, rate } = await decodeSound(file('out.flv'));
    expect(Math.abs(pitch({ samples: samples.subarray(-3 * rate), rate }) - 1000)).toBeLessThan(10);
    const lastOf = async (kind: 'a' | 'v'): Promise<number> => {
      const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', kind, '-show_entries', 'packet=dts_time', '-of', 'csv=p=0', file('out.flv')]);
      return Number(stdout.toString().trim().split('\n').at(-1)?.replace(',', ''));
    };
    expect(Math.abs((await lastOf('a')) - (await lastOf('v')))).toBeLessThan(0.4);
  }, 60_000);

  describeWith({ programs: ['chromium'] }, 'in Chromium', () => {
    it('is heard in the player page', async () => {
      const publisher = publish('g711a-8k');
      await live('g711a-8k');
      const browser = await startBrowser();
      const mishaps: string[] = [];
      try {
        const page = await browser.open(server.url('http', 'player?stream=live/g711a-8k'), mishaps);
        const state = await playerBecomes(page, ({ status, currentTime }) => status === 'playing' && currentTime > 2);
        expect(state).toMatchObject({ withoutAudio: false, error: null });
        expect(await page.evaluate<number>('document.querySelector("video").webkitAudioDecodedByteCount')).toBeGreaterThan(1000);
        expect(mishaps).toEqual([]);
      } finally {
        await browser.close();
        await publisher.stop('SIGKILL');
      }
    }, 60_000);
  });
});

describeWith({ programs: ['ffmpeg', 'ffprobe'] }, 'all sound as AAC (transcode.audio.policy always)', () => {
  let server: Server;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-transcode-'));
    server = await startServer('server', ['transcode.audio.policy=always']);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true });
  }, 30_000);

  it('makes AAC of 44.1 kHz stereo AAC of 11025 Hz mono, for RTMP too', async () => {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=1000:sample_rate=44100'];
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac', '-ac', '2'];
    const publisher = start('ffmpeg', ['-v', 'error', '-re', ...inputs, ...codecs, '-f', 'flv', server.url('rtmp', 'live/aac')]);
    await streamState<StreamBody>(server, 'live/aac', ({ tracks }) => tracks.length === 2);
    for (const url of [server.url('http', 'live/aac.flv'), server.url('rtmp', 'live/aac')]) {
      await record(url, 3, join(folder, 'out.flv'));
      expect(await soundFormat(join(folder, 'out.flv'))).toBe('aac,11025,1');
      expect(Math.abs(pitch(await decodeSound(join(folder, 'out.flv'))) - 1000)).toBeLessThan(10);
    }
    await record(server.url('http', 'live/aac.flv?audio=original'), 1, join(folder, 'out.flv'));
    expect(await soundFormat(join(folder, 'out.flv'))).toBe('aac,44100,2');
    await publisher.stop('SIGKILL');
  }, 60_000);
});
