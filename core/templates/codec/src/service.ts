import { type CodecDescriptor, type ServiceToken, service } from '@sluice/core';

/** The codec, for other plugins: they name this in `requires` and get it by `ctx.use`. */
export const codecService: ServiceToken<CodecDescriptor> = service<CodecDescriptor>('__name__.codec');
