import { definePlugin } from '@sluice/core';
import { descriptor } from './descriptor.js';
import { codecService } from './service.js';

/** Offers the codec to other plugins. */
export default definePlugin({
  name: '__name__',
  version: '0.1.0',
  engine: '__range__',
  provides: [codecService],
  setup(ctx) {
    ctx.provide(codecService, descriptor);
  },
});

export { CODEC, descriptor } from './descriptor.js';
export type { CodecErrorCode } from './errors.js';
export { type JpegHeader, parseJpeg } from './jpeg.js';
export { codecService } from './service.js';
