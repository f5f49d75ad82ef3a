import assert from 'node:assert/strict';
import type { Frame } from '../media/frame.js';
import type { TrackKind } from '../media/track.js';
import type { FrameQueue } from './frame-queue.js';
import type { SentFrame, TestCamera } from './test-camera.js';

/** Frames that a player got, and which of the camera's they are. */
export class Received {
  readonly all: Frame[] = [];
  readonly #queue: FrameQueue;
  readonly #camera: TestCamera;

  constructor(queue: FrameQueue, camera: TestCamera) {
    this.#queue = queue;
    this.#camera = camera;
  }

  /** Takes what has come by now; answers how many of a kind there are. */
  count(kind: TrackKind): number {
    for (let frame = this.#queue.take(); frame !== undefined; frame = this.#queue.take()) this.all.push(frame);
    return this.of(kind).length;
  }
  of(kind: TrackKind): readonly Frame[] {
    return this.all.filter(({ track }) => track.kind === kind);
  }

  /** For each frame of a kind, the number of the camera's that it is. Throws where it is none of them. */
  places(kind: TrackKind): readonly number[] {
    const material = this.#camera.materialOf(kind);
    const sent = new Map(this.#camera.sentOf(kind).map(({ essence }, index) => [essence.toString('latin1'), index]));
    return this.of(kind).map((frame, at) => {
      const place = material === undefined ? undefined : sent.get(material.essence(frame.units).toString('latin1'));
      assert.ok(place !== undefined, `${kind} access unit ${at} is none that was sent: damaged, joined or cut`);
      return place;
    });
  }

  /** Throws unless the frames of a kind are ones that were sent, in order and without a gap. */
  assertUnbroken(kind: TrackKind): void {
    const places = this.places(kind);
    for (const [at, place] of places.entries()) {
      const expected = (places[0] ?? 0) + at;
      assert.equal(place, expected, `${kind} access unit ${at}: number ${place} of the camera came where ${expected} was due`);
    }
  }

  /** Throws unless times go on as those of the camera do, within `toleranceMs`. */
  assertTimes(kind: TrackKind, toleranceMs: number): void {
    const sent = this.#camera.sentOf(kind);
    const places = this.places(kind);
    const offsets = this.of(kind).map((frame, at) => ({
      dts: ms(frame, 'dts') - ms(sentAt(sent, places[at]), 'dts'),
      pts: ms(frame, 'pts') - ms(frame, 'dts'),
    }));
    const [first] = offsets;
    for (const [at, { dts, pts }] of offsets.entries()) {
      const off = dts - (first?.dts ?? 0);
      assert.ok(Math.abs(off) <= toleranceMs, `${kind} access unit ${at} is ${off.toFixed(1)} ms from its time`);
      assert.ok(Math.abs(pts) <= toleranceMs, `${kind} access unit ${at} is shown ${pts.toFixed(1)} ms after it is decoded, where it was sent as both at once`);
    }
  }
}

function sentAt(sent: readonly SentFrame[], place: number | undefined): Frame {
  const found = sent[place ?? -1];
  assert.ok(found !== undefined);
  return found.frame;
}

function ms(frame: Frame, time: 'dts' | 'pts'): number {
  return (frame[time] * 1000) / frame.track.clockRate;
}
