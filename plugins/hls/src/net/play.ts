import type { PluginContext } from '@sluice/core';
import { type HttpService, type StreamRequest, whileConnected } from '@sluice/plugin-http/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HlsConfig } from '../config.js';
import { hlsError } from '../errors.js';
import { formChoiceOf } from '../map/container.js';
import { readCookie, serializeCookie } from '../proto/cookie.js';
import { mediaUrlMaker, parseMediaPath } from '../proto/media-url.js';
import { sendMedia, sendPlaylist } from './answer.js';
import { cookieNameOf, type HlsViewer, type HlsViewers } from './viewers.js';

/** What the routes work with. */
export interface PlayParts {
  readonly ctx: PluginContext;
  readonly http: HttpService;
  readonly config: HlsConfig;
  readonly viewers: HlsViewers;
}

const COOKIE_SECONDS = 24 * 3600;

/** `/app/name.m3u8` and `/hls/STREAM/TOKEN`. Waits for the stream and for its first segment. */
export async function playPlaylist(
  { ctx, http, config, viewers }: PlayParts,
  stream: StreamRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const choice = formChoiceOf(stream.query);
  if (choice === undefined) {
    const { path, ...peer } = stream;
    await ctx.streams.authorize('play', path, { ...peer, protocol: 'hls' });
    throw hlsError('ERR_HLS_FORM', 400, 'form is auto, ts or fmp4');
  }
  const name = cookieNameOf(stream);
  const cookie = readCookie(request.headers.cookie, name);
  const viewer = await whileConnected(request.raw, async (signal) => {
    const found = await viewers.seen({ stream, choice, cookie, signal, onAllowed: () => http.admit(request.raw) });
    if (await found.packager.firstSegment(config.firstSegmentSeconds * 1000, signal)) return found;
    reply.header('retry-after', '1');
    throw hlsError('ERR_HLS_NOT_READY', 503, 'no segment is complete yet');
  });
  if (cookie !== viewer.key && viewer.keepsCookies !== false)
    reply.header('set-cookie', serializeCookie(name, viewer.key, `${http.basePath}/`, COOKIE_SECONDS));
  const requestPath = (request.raw.url ?? '').split('?', 1)[0] ?? '';
  const lingerMs = Number(ctx.engine.settings.lingerSeconds) * 1000;
  const text = viewer.packager.playlist(mediaUrlMaker(requestPath, http.basePath, viewer.packager.key, viewer.key), lingerMs);
  const bytes = await sendPlaylist(request, reply, text);
  viewer.session?.sent(bytes);
}

/** `/hls/KEY/FILE?session=`: for whoever was given a playlist. */
export async function playMedia(
  { viewers }: PlayParts,
  suffix: 'ts' | 'm4s',
  stream: StreamRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const target = parseMediaPath(stream.path, suffix);
  const viewer = target === undefined ? undefined : viewers.find(stream.query.session ?? '', target.key);
  const bytes = target === undefined ? undefined : await viewer?.packager.file(target.file);
  if (viewer === undefined || bytes === undefined) throw hlsError('ERR_HLS_GONE', 404, 'no such segment, or not any more');
  noteCookies(viewer, request);
  viewer.session?.sent(bytes.length);
  sendMedia(reply, suffix, bytes);
}

function noteCookies(viewer: HlsViewer, request: FastifyRequest): void {
  viewer.keepsCookies ??= request.headers.cookie?.includes(viewer.key) ?? false;
}
