import { parseOptions } from '../src/options.js';

it('measures everything, thrice, by default', () => {
  expect(parseOptions([])).toMatchObject({ scenarios: [], only: [], repetitions: 3, scale: 1, namespace: true, write: false });
});

it('takes lists with commas, and quick as other defaults only', () => {
  expect(parseOptions(['--quick', '--reps', '2', '--scenario', 'rtmp,ws-flv', '--no-namespace'])).toMatchObject({
    scenarios: ['rtmp', 'ws-flv'],
    repetitions: 2,
    scale: 0.2,
    namespace: false,
  });
});
