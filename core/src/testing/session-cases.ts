import assert from 'node:assert/strict';
import type { ReportEvent, ReportEvents, ReportType } from '../hooks/events.js';
import { closeReason } from '../stream/close-reason.js';
import { eventually, inTime } from './patience.js';
import { FORBIDDEN, type Rig, type RigOptions, type Sides, sendUntil, withRig } from './protocol-rig.js';
import type { ConformanceCase, ProtocolPlayer, ProtocolUnderTest } from './protocol-under-test.js';
import { Received } from './received.js';

/** Larger than what the system holds for a connection. */
const PAD_BYTES = 60_000;
const MAX_PADDED_FRAMES = 4000;

/** How sessions begin and end where the protocol plays. */
export function playerCases(protocol: ProtocolUnderTest): ConformanceCase[] {
  const inRig = caseMaker(protocol, { source: 'process', player: 'protocol' }, 'play');
  return [
    inRig('a stream that is not there is refused', async (rig) => {
      await inTime('an answer', assert.rejects(rig.play('live/none')));
    }),
    inRig('who may not play is refused', async (rig) => {
      await rig.publish(`${FORBIDDEN}/a`);
      await inTime('an answer', assert.rejects(rig.play(`${FORBIDDEN}/a`)));
      assert.ok(
        rig.asked.some(({ action, path }) => action === 'play' && path === `${FORBIDDEN}/a`),
        'nobody asked whether it may play',
      );
    }),
    inRig('players end with the stream', async (rig) => {
      const player = await playing(rig);
      rig.engine.streams.close(rig.path, closeReason('ended'));
      await inTime('the end of the player', player.frames.drain());
    }),
    inRig('a player that an operator ends is ended', async (rig) => {
      const player = await playing(rig);
      const id = viewerOf(rig)?.id ?? '';
      assert.ok(rig.engine.streams.closeSession(id, closeReason('kicked')), 'there is no such session');
      await inTime('the end of the player', player.frames.drain());
      assert.equal((await endOf(rig, 'viewer')).reason.code, 'kicked');
    }),
    inRig('a player that goes is counted out', async (rig) => {
      const player = await playing(rig);
      await player.close();
      const { reason } = await endOf(rig, 'viewer');
      assert.ok(['lost', 'ended'].includes(reason.code), `it ended as '${reason.code}'`);
      await eventually('no viewer is left', () => viewerOf(rig) === undefined);
    }),
    inRig('a slow player holds up nobody, and goes on at a key frame or is ended', slowPlayer, {
      engine: { delivery: { maxLagMs: 100, maxLagBytes: 256 * 1024, slowSeconds: 3600 } },
      tracks: 'video',
    }),
  ];
}

/** How sessions begin and end where the protocol publishes. */
export function publisherCases(protocol: ProtocolUnderTest): ConformanceCase[] {
  const inRig = caseMaker(protocol, { source: 'protocol', player: 'process' }, 'publish');
  return [
    inRig('who may not publish is refused', async (rig) => {
      await inTime('an answer', assert.rejects(rig.publish(`${FORBIDDEN}/a`)));
      assert.ok(
        rig.asked.some(({ action }) => action === 'publish'),
        'nobody asked whether it may publish',
      );
      assert.equal(rig.engine.streams.describe(`${FORBIDDEN}/a`), undefined);
    }),
    inRig('a second publisher is refused, and the first goes on', async (rig) => {
      const source = await rig.publish();
      await source.write(rig.camera.next());
      await inTime('an answer', assert.rejects(rig.publish()));
      const received = new Received((await rig.play()).frames, rig.camera);
      await sendUntil(
        source,
        () => rig.camera.next(),
        () => received.count('video') >= rig.video.gop,
        'the first publisher is seen',
      );
    }),
    inRig('a publisher that ends properly ends its stream', async (rig) => {
      const source = await sending(rig);
      await source.close();
      assert.equal((await event(rig, 'stream.closed')).reason.code, 'ended');
    }),
    inRig('a publisher whose connection is cut leaves a stream that waits for it', async (rig) => {
      const source = await sending(rig);
      const received = new Received((await rig.play()).frames, rig.camera);
      await source.cut();
      const { reason } = await event(rig, 'stream.lingering');
      assert.equal(reason.code, 'lost');
      const again = await rig.publish();
      const before = received.count('video');
      await sendUntil(
        again,
        () => rig.camera.next(),
        () => received.count('video') >= before + rig.video.gop,
        'players see the publisher that came back',
      );
    }),
    inRig('a publisher that an operator ends is ended', async (rig) => {
      await sending(rig);
      const id = rig.engine.streams.describe(rig.path)?.publisher?.sessionId ?? '';
      assert.ok(rig.engine.streams.closeSession(id, closeReason('kicked')), 'there is no such session');
      assert.equal((await endOf(rig, 'publisher')).reason.code, 'kicked');
    }),
  ];
}

function caseMaker(protocol: ProtocolUnderTest, sides: Sides, title: string) {
  return (name: string, body: (rig: Rig) => Promise<void>, options: Omit<RigOptions, 'sides'> = {}): ConformanceCase => ({
    name: `${title}: ${name}`,
    run: () => withRig(protocol, { ...options, sides }, body),
  });
}

/** A publisher that was heard. */
async function sending(rig: Rig) {
  const source = await rig.publish();
  await sendUntil(
    source,
    () => rig.camera.next(),
    () => rig.engine.streams.describe(rig.path)?.state === 'live' && rig.camera.sentOf('video').length >= rig.video.gop,
    `'${rig.path}' is live`,
  );
  return source;
}

/** A player that got something. */
async function playing(rig: Rig): Promise<ProtocolPlayer> {
  const source = await sending(rig);
  const player = await rig.play();
  await sendUntil(
    source,
    () => rig.camera.next(),
    () => player.frames.length > 0,
    'the player gets a frame',
  );
  return player;
}

async function slowPlayer(rig: Rig): Promise<void> {
  const source = await sending(rig);
  const [slow, other] = [await rig.play(), await rig.play()];
  const [slowGot, otherGot] = [new Received(slow.frames, rig.camera), new Received(other.frames, rig.camera)];
  const send = (enough: () => boolean, what: string, padBytes = 0) => sendUntil(source, () => rig.camera.next(padBytes), enough, what, MAX_PADDED_FRAMES);
  await send(() => slowGot.count('video') > 0 && otherGot.count('video') > 0, 'both players get frames');
  slow.pause();
  const dropped = (): boolean => {
    otherGot.count('video');
    return slow.frames.ended || rig.engine.streams.sessions(rig.path).some(({ kind, drops = 0 }) => kind === 'viewer' && drops > 0);
  };
  await send(dropped, 'frames are left out for the slow player', PAD_BYTES);
  const sentAtPause = rig.camera.sentOf('video').length;
  // It has what lay in the connection, then a gap, then what goes on.
  slow.resume();
  const wentOn = (): boolean => {
    otherGot.count('video');
    return slow.frames.ended || (slowGot.count('video') > 0 && (slowGot.places('video').at(-1) ?? 0) >= sentAtPause);
  };
  await send(wentOn, 'the slow player goes on');
  await send(() => otherGot.count('video') > 0 && (otherGot.places('video').at(-1) ?? 0) >= sentAtPause, 'the other player has all');
  otherGot.assertUnbroken('video');
  const places = slowGot.places('video');
  for (const [at, place] of places.entries()) {
    const before = places[at - 1];
    if (before === undefined || place === before + 1) continue;
    assert.ok(place > before, `access unit ${place} came after ${before}`);
    assert.ok(slowGot.of('video')[at]?.key, `after the gap from ${before} to ${place} it goes on with a frame that is no key frame`);
  }
}

function viewerOf({ engine, path }: Rig) {
  return engine.streams.sessions(path).find(({ kind }) => kind === 'viewer');
}

async function event<T extends ReportType>({ engine, path }: Rig, type: T): Promise<ReportEvents[T]> {
  const matches = (report: ReportEvent): boolean => report.type === type && (report.data as { readonly path?: string }).path === path;
  return (await inTime(`the event ${type}`, engine.reported(matches))).data as ReportEvents[T];
}

async function endOf({ engine, path }: Rig, kind: 'viewer' | 'publisher'): Promise<ReportEvents['session.ended']> {
  const matches = ({ type, data }: ReportEvent): boolean => {
    const { path: of, session } = data as ReportEvents['session.ended'];
    return type === 'session.ended' && of === path && session.kind === kind;
  };
  return (await inTime(`the end of the ${kind}`, engine.reported(matches))).data as ReportEvents['session.ended'];
}
