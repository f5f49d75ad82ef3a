import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';
import { decodeSound, onsets, pitch, record, soundFormat, soundStart } from './support/sound.js';

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly codec: string }[];
}

/** Beeps of 1 kHz at the full seconds of the picture, at half of full scale. */
const BEEP = 'aevalsrc=if(lt(mod(t\\,1)\\,0.3)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000';
const TONE = 'aevalsrc=0.5*sin(2*PI*1000*t):s=48000';
/** The same on both sides: FFmpeg would make it softer by itself. */
const WIDE_TONE = TONE.replace('=', '=exprs=').replace(':s=', '|0.5*sin(2*PI*1000*t):s=');
const PEERS = join(root, 'test/peers');

/** Presentation time of the first picture of a file, in seconds. */
async function pictureStart(source: string): Promise<number> {
  const entries = ['-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-read_intervals', '%+#1', '-of', 'csv=p=0'];
  return Number((await run('ffprobe', ['-v', 'error', ...entries, source])).stdout.toString().trim());
}

describeWith({ programs: ['ffmpeg', 'ffprobe'] }, 'Opus that players do not know', () => {
  let server: Server;
  let folder: string;
  const file = (name: string): string => join(folder, name);

  const publish = async (name: string, sound: string, codec: readonly string[]) => {
    const inputs = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-f', 'lavfi', '-i', sound];
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
    const to = ['-f', 'rtsp', '-rtsp_transport', 'tcp', server.url('rtsp', `live/${name}`)];
    start('ffmpeg', ['-v', 'error', '-re', ...inputs, ...video, ...codec, ...to], { timeoutMs: 120_000 });
    await streamState<StreamBody>(server, `live/${name}`, ({ state, tracks }) => state === 'live' && tracks.length === 2);
  };
  /** Amplitude of the tone by its power: the AAC encoder overshoots for a moment now and then. */
  const level = (samples: Int16Array): number => {
    const part = samples.subarray(48_000, -4800);
    return Math.sqrt((2 * part.reduce((sum, sample) => sum + sample * sample, 0)) / part.length) / 32_768;
  };
  /** How far a time is from a full second. */
  const offSecond = (seconds: number): number => Math.abs(seconds - Math.round(seconds));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-transcode-opus-'));
    server = await startServer('server');
    const opus = ['-c:a', 'libopus', '-b:a', '64k'];
    await publish('tone', WIDE_TONE, opus);
    await publish('short', TONE, [...opus, '-frame_duration', '2.5', '-application', 'lowdelay']);
    await publish('long', TONE, [...opus, '-frame_duration', '60']);
    await publish('beep', BEEP, opus);
    await publish('g711', BEEP, ['-c:a', 'pcm_alaw', '-ar', '8000']);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(['tone.flv?audio=aac', 'tone.m3u8', 'short.m3u8', 'long.m3u8'])(
    'comes out of %s as AAC of 11025 Hz mono with its tone and level',
    async (name) => {
      await record(server.url('http', `live/${name}`), 4, file('out.flv'));
      expect(await soundFormat(file('out.flv'))).toBe('aac,11025,1');
      const sound = await decodeSound(file('out.flv'));
      expect(sound.samples.length / sound.rate).toBeGreaterThan(3);
      expect(Math.abs(pitch({ ...sound, samples: sound.samples.subarray(sound.rate) }) - 1000)).toBeLessThan(10);
      expect(Math.abs(level(sound.samples) - 0.5)).toBeLessThan(0.05);
    },
    60_000,
  );

  it('keeps lips in step: beeps are within 20 ms of the full seconds of the picture', async () => {
    await record(server.url('http', 'live/beep.flv?audio=aac'), 5, file('beep.flv'));
    const start = await soundStart(file('beep.flv'));
    const beeps = onsets(await decodeSound(file('beep.flv'))).map((at) => start + at);
    expect(beeps.length).toBeGreaterThanOrEqual(3);
    // The recording begins with a key picture, at a full second.
    for (const at of beeps) expect(offSecond(at)).toBeLessThan(0.02);
  }, 60_000);

  // FFmpeg 8 (node-av) reads Opus in FLV.
  describeWith({ files: [join(PEERS, 'node_modules/node-av')] }, 'but others do', () => {
    const remux = (url: string, target: string) =>
      run(process.execPath, [join(PEERS, 'remux.mjs'), url, target, '--format', 'matroska', '--seconds', '5'], { timeoutMs: 40_000 });

    it('is made of G.711 for viewers who ask for it, with its tone at its time', async () => {
      const url = `${server.url('http', 'live/g711.flv')}?audio=opus`;
      await remux(url, file('opus.mkv'));
      expect(await soundFormat(file('opus.mkv'))).toBe('opus,48000,1');
      // FFmpeg leaves out the 312 samples of pre-skip, by which the first sound that it gives is later than the first packet.
      const start = (await soundStart(file('opus.mkv'))) + 312 / 48_000;
      const beeps = onsets(await decodeSound(file('opus.mkv'))).map((at) => start + at);
      expect(beeps.length).toBeGreaterThanOrEqual(3);
      // The picture begins with a key picture, at a full second of the source.
      const picture = await pictureStart(file('opus.mkv'));
      for (const at of beeps) expect(offSecond(at - picture)).toBeLessThan(0.02);
    }, 60_000);

    it('passes as it is to players of FLV that know it', async () => {
      await remux(server.url('http', 'live/tone.flv'), file('original.mkv'));
      expect(await soundFormat(file('original.mkv'))).toBe('opus,48000,2');
    }, 60_000);
  });
});
