import type { Frame } from '../media/frame.js';
import { definePlugin } from '../plugin/define-plugin.js';
import type { AccessRequest } from '../stream/access.js';
import type { Publisher } from '../stream/types.js';
import { FrameQueue } from './frame-queue.js';
import { PATIENCE_MS } from './patience.js';
import type { ProtocolPlayer, ProtocolSource, ProtocolUnderTest } from './protocol-under-test.js';
import { TestCamera } from './test-camera.js';
import { startTestEngine, type TestEngine } from './test-engine.js';
import { type TestMaterial, testPictures, testSound } from './test-material.js';

/** Paths that begin with this are refused by the rig's own `authorize`. */
export const FORBIDDEN = 'forbidden';

/** Who sends and who plays: the protocol, or the test itself within the process. */
export interface Sides {
  readonly source: 'protocol' | 'process';
  readonly player: 'protocol' | 'process';
}

/** An engine, a camera, and the ways between them, for one case. */
export interface Rig {
  readonly engine: TestEngine;
  readonly camera: TestCamera;
  readonly path: string;
  readonly video: TestMaterial;
  readonly audio: TestMaterial;
  /** Questions that were asked of `authorize`. */
  readonly asked: readonly AccessRequest[];
  /** Publishes the camera's tracks, by the side that the case names. */
  publish(path?: string): Promise<ProtocolSource>;
  play(path?: string): Promise<ProtocolPlayer>;
}

/** How a rig begins. */
export interface RigOptions {
  readonly sides: Sides;
  readonly engine?: Readonly<Record<string, unknown>>;
  /** Default: both. */
  readonly tracks?: 'video' | 'both';
}

/** Runs `body` with a rig of its own, and closes all of it afterwards. */
export async function withRig(
  protocol: ProtocolUnderTest,
  { sides, engine: settings, tracks = 'both' }: RigOptions,
  body: (rig: Rig) => Promise<void>,
): Promise<void> {
  const { video = testPictures, audio = testSound, plugins, config } = protocol;
  const asked: AccessRequest[] = [];
  const gate = definePlugin({
    name: 'test-gate',
    version: '1.0.0',
    setup(ctx) {
      ctx.hooks.authorize((request) => {
        asked.push(request);
        return request.path.startsWith(FORBIDDEN) ? { allow: false, status: 403 } : undefined;
      });
    },
  });
  const engine = await startTestEngine({ plugins: [...plugins, gate], config: { ...config, engine: { trackWaitMs: 200, ...settings } } });
  const opened: { close(): Promise<void> | void }[] = [];
  const keep = <T extends { close(): Promise<void> | void }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const camera = new TestCamera({ materials: tracks === 'both' ? [video, audio] : [video] });
  const path = 'live/test';
  try {
    await body({
      engine,
      camera,
      path,
      video,
      audio,
      asked,
      publish: async (at = path) => keep(await publishBy(protocol, sides, engine, at, camera)),
      play: async (at = path) => keep(await playBy(protocol, sides, engine, at)),
    });
  } finally {
    for (const one of opened) await one.close();
    await engine.dispose();
  }
}

async function publishBy(protocol: ProtocolUnderTest, sides: Sides, engine: TestEngine, path: string, camera: TestCamera): Promise<ProtocolSource> {
  if (sides.source === 'protocol' && protocol.publish !== undefined) return protocol.publish(engine, path, camera.tracks);
  const publisher: Publisher = await engine.publish(path, { tracks: camera.tracks, expects: camera.tracks.map(({ kind }) => kind) });
  return {
    write: (frame) => publisher.write(frame),
    close: () => publisher.close(),
    cut: () => publisher.close({ code: 'lost' }),
  };
}

async function playBy(protocol: ProtocolUnderTest, sides: Sides, engine: TestEngine, path: string): Promise<ProtocolPlayer> {
  if (sides.player === 'protocol' && protocol.play !== undefined) return protocol.play(engine, path);
  const subscription = await engine.subscribe(path);
  const frames = new FrameQueue();
  const read = async (): Promise<void> => {
    for await (const frame of subscription) frames.push(frame);
  };
  void read().finally(() => frames.end());
  return { frames, pause: () => {}, resume: () => {}, close: () => subscription.close() };
}

/** Lets the event loop go round, so that what was sent arrives. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Sends frames one after the other until `enough` says so. Rejects where it never does. */
export async function sendUntil(
  source: ProtocolSource,
  next: () => Frame,
  enough: () => boolean,
  what: string,
  maxFrames = Number.POSITIVE_INFINITY,
): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let sent = 0; !enough(); sent++) {
    if (performance.now() > endMs || sent >= maxFrames) throw new Error(`${sent} frames were sent, and still not: ${what}`);
    await source.write(next());
    await turn();
  }
}
