import { TestCamera } from '@sluice/core/testing';
import { h264TestMaterial } from '../src/testing.js';

it('is pictures of which no two are the same, and whose parameters change with a key frame', () => {
  const camera = new TestCamera({ materials: [h264TestMaterial] });
  const frames = Array.from({ length: 25 }, () => camera.next());
  camera.changeParameters();
  for (let i = 0; i < 15; i++) frames.push(camera.next());
  expect(frames.map(({ key }) => key)).toEqual(frames.map((_, index) => index % h264TestMaterial.gop === 0));
  expect(new Set(camera.sent.map(({ essence }) => essence.toString('hex'))).size).toBe(frames.length);
  expect([frames[0]?.track.info, frames.at(-1)?.track.info]).toEqual([
    { width: 64, height: 64, fps: 25, profile: expect.any(String) },
    { width: 96, height: 64, fps: 25, profile: expect.any(String) },
  ]);
  expect(frames.findIndex(({ track }) => track.epoch === 1)).toBe(30);
  expect(camera.next(50_000).size).toBeGreaterThan(50_000);
});
