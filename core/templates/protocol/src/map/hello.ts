import type { Buffer } from 'node:buffer';
import { z } from 'zod';
import { protocolError } from '../errors.js';

const hello = z.strictObject({
  action: z.enum(['publish', 'play']),
  path: z.string().max(1024),
  query: z.record(z.string().max(128), z.string().max(1024)).exactOptional(),
  token: z.string().max(4096).exactOptional(),
});

/** What a client wants. */
export type Hello = z.output<typeof hello>;

/** Reads the body of the first message. Throws `ERR___NAME___MESSAGE`. */
export function parseHello(body: Buffer): Hello {
  try {
    return hello.parse(JSON.parse(body.toString()));
  } catch (error) {
    throw protocolError('message', 'a hello that cannot be read', error);
  }
}
