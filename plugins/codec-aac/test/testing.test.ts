import { TestCamera } from '@sluice/core/testing';
import { aacTestMaterial } from '../src/testing.js';

it('is sound of which no two units are the same', () => {
  const camera = new TestCamera({ materials: [aacTestMaterial] });
  const frames = [camera.next(), camera.next()];
  camera.changeParameters();
  frames.push(camera.next());
  expect(new Set(camera.sent.map(({ essence }) => essence.toString('hex'))).size).toBe(3);
  expect(frames.map(({ track }) => [track.epoch, track.info.sampleRate, track.info.channels])).toEqual([
    [0, 44_100, 1],
    [0, 44_100, 1],
    [1, 44_100, 2],
  ]);
});
