import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

const compress = promisify(gzip);

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const MEDIA_TYPES = { ts: 'video/mp2t', m4s: 'video/mp4' } as const;
/** Players need them for as long as they are kept, which is less. */
const MEDIA_MAX_AGE_SECONDS = 3600;

/** Answers a playlist: never kept, as it changes and names its viewer; compressed where that is taken. Answers the bytes sent. */
export async function sendPlaylist(request: FastifyRequest, reply: FastifyReply, text: string): Promise<number> {
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = zipped ? await compress(text) : Buffer.from(text);
  if (zipped) reply.header('content-encoding', 'gzip');
  reply.header('cache-control', 'private, no-cache').header('vary', 'Accept-Encoding').type(PLAYLIST_TYPE).send(body);
  return body.length;
}

/** Answers a segment, which never changes. Nobody else is to keep it: it is given out as long as its viewer may watch. */
export function sendMedia(reply: FastifyReply, suffix: keyof typeof MEDIA_TYPES, bytes: Buffer): void {
  reply.header('cache-control', `private, max-age=${MEDIA_MAX_AGE_SECONDS}, immutable`).type(MEDIA_TYPES[suffix]).send(bytes);
}
