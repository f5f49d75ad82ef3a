import { definePlugin, SluiceError, service } from '@sluice/core';

/** What the plugin was asked, in order. */
export const asked: unknown[][] = [];

/** Stands where gb28181 would: says what it was asked, and makes no call. */
export const fakeGb28181 = definePlugin({
  name: 'gb28181',
  version: '1.0.0',
  provides: [service('gb28181')],
  setup(ctx) {
    ctx.provide(service('gb28181'), {
      devices: () => [{ id: '2' }, { id: '1' }],
      channels: (id: string) => {
        throw new SluiceError('ERR_GB28181_DEVICE_UNKNOWN', `no device ${id}`, { status: 404 });
      },
      play: async (id: string, options: unknown) => ({ path: `gb/${id}`, state: 'live', options }),
      stop: async () => {},
      ptz: async (...args: unknown[]) => void asked.push(args),
      records: async (...args: unknown[]) => {
        asked.push(args);
        const record = (hour: number) => ({
          name: `${hour}`,
          start: `2022-05-01T0${hour}:00:00.000Z`,
          end: `2022-05-01T0${hour}:30:00.000Z`,
          type: 'time',
          secret: false,
        });
        return { items: [record(1), record(2), record(3)], expected: 4, complete: false };
      },
      playback: async (...args: unknown[]) => {
        asked.push(args);
        return { id: 'p', state: 'connecting' };
      },
      playbackInfo: (id: string) => {
        throw new SluiceError('ERR_GB28181_PLAYBACK_UNKNOWN', `no playback ${id}`, { status: 404 });
      },
      pausePlayback: async (id: string) => ({ id, state: 'paused' }),
      resumePlayback: async (id: string) => ({ id, state: 'playing' }),
      seekPlayback: async (id: string, positionSeconds: number) => ({ id, positionSeconds }),
      speedPlayback: async (id: string, speed: number) => ({ id, speed }),
      endPlayback: async () => {},
    });
  },
});
