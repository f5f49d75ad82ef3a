import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from './patience.js';
import { type Rig, type Sides, sendUntil, withRig } from './protocol-rig.js';
import type { ConformanceCase, ProtocolUnderTest } from './protocol-under-test.js';
import { Received } from './received.js';

/** What a media path must carry, whoever sends and whoever plays. */
export function mediaCases(protocol: ProtocolUnderTest, sides: Sides, title: string): ConformanceCase[] {
  const inRig = (name: string, body: (rig: Rig) => Promise<void>, tracks: 'video' | 'both' = 'both'): ConformanceCase => ({
    name: `${title}: ${name}`,
    run: () => withRig(protocol, { sides, tracks }, body),
  });
  const toleranceMs = protocol.toleranceMs ?? 1;
  return [
    inRig('who joins begins with the newest key frame', beginsWithKey),
    inRig('every access unit arrives, byte for byte and in order', async (rig) => {
      const received = await playSome(rig);
      received.assertUnbroken('video');
      received.assertUnbroken('audio');
    }),
    inRig('times are those of the source', async (rig) => {
      const received = await playSome(rig);
      received.assertTimes('video', toleranceMs);
      received.assertTimes('audio', toleranceMs);
    }),
    ...(protocol.lateTracks === false ? [] : [inRig('sound that comes late reaches who plays already', lateSound, 'video')]),
    inRig('new parameters reach who plays already', newParameters),
  ];
}

/** The camera is on before anybody plays. */
async function published(rig: Rig) {
  const source = await rig.publish();
  const frames = rig.video.gop + Math.ceil(rig.video.gop / 2);
  await sendUntil(
    source,
    () => rig.camera.next(),
    () => rig.camera.sentOf('video').length >= frames,
    'a group of pictures and a half is sent',
  );
  await eventually(`'${rig.path}' is live`, () => rig.engine.streams.describe(rig.path)?.state === 'live');
  return source;
}

async function beginsWithKey(rig: Rig): Promise<void> {
  const source = await published(rig);
  const player = await rig.play();
  const received = new Received(player.frames, rig.camera);
  await sendUntil(
    source,
    () => rig.camera.next(),
    () => received.count('video') >= rig.video.gop,
    'the player gets a group of pictures',
  );
  const [first] = received.of('video');
  assert.ok(first?.key, 'the first picture is no key frame');
  assert.ok(first.track.parameters !== undefined || rig.video.parameters(0) === undefined, 'the first picture comes without the parameters of its track');
  const [place = -1] = received.places('video');
  assert.equal(place % rig.video.gop, 0, `the first picture is number ${place} of the camera, where groups have ${rig.video.gop}`);
}

/** Plays a few groups of pictures and the sound beside them. */
async function playSome(rig: Rig): Promise<Received> {
  const source = await published(rig);
  const player = await rig.play();
  const received = new Received(player.frames, rig.camera);
  const wanted = 3 * rig.video.gop;
  await sendUntil(
    source,
    () => rig.camera.next(),
    () => received.count('video') >= wanted && received.count('audio') >= rig.video.gop,
    'the player gets three groups of pictures, and sound',
  );
  return received;
}

async function lateSound(rig: Rig): Promise<void> {
  const source = await published(rig);
  const player = await rig.play();
  const received = new Received(player.frames, rig.camera);
  const send = (enough: () => boolean, what: string) => sendUntil(source, () => rig.camera.next(), enough, what);
  await send(() => received.count('video') >= rig.video.gop, 'the player gets a group of pictures');
  rig.camera.add(rig.audio);
  await send(() => received.count('audio') >= rig.video.gop, 'the player gets the sound');
  received.assertUnbroken('video');
  received.assertUnbroken('audio');
}

async function newParameters(rig: Rig): Promise<void> {
  const source = await published(rig);
  const player = await rig.play();
  const received = new Received(player.frames, rig.camera);
  const send = (enough: () => boolean, what: string) => sendUntil(source, () => rig.camera.next(), enough, what);
  await send(() => received.count('video') >= rig.video.gop, 'the player gets a group of pictures');
  rig.camera.changeParameters();
  const wanted = rig.video.parameters(1);
  const told = (): boolean => {
    received.count('video');
    return received.of('video').some(({ track }) => isDeepStrictEqual(track.parameters, wanted));
  };
  await send(told, 'the player is told the new parameters');
  received.assertUnbroken('video');
  const changed = received.of('video').find(({ track }) => isDeepStrictEqual(track.parameters, wanted));
  assert.ok(changed?.key, 'the first picture of the new parameters is no key frame');
}
