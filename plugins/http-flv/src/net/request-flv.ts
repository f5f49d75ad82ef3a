import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { LinkOptions, PluginContext } from '@sluice/core';
import { httpFlvError } from '../errors.js';
import { type FlvUrl, followRedirect } from '../proto/flv-url.js';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** How to ask. */
export interface FlvRequest extends Pick<LinkOptions, 'timeoutMs' | 'allow'> {
  readonly ctx: PluginContext;
  /** Ends it; the answer too. */
  readonly signal: AbortSignal;
}

/** An answer that is a stream, and who gave it. */
export interface FlvAnswer {
  readonly response: IncomingMessage;
  /** `address:port`. */
  readonly remote: string;
}

/** Asks for a stream; follows redirects, each of which is checked as the first address was. Rejects with `ERR_HTTP_FLV_…` or `ERR_CONNECT…`. */
export async function requestFlv(url: FlvUrl, options: FlvRequest): Promise<FlvAnswer> {
  let target = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await ask(target, options);
    const { statusCode = 0, statusMessage = '', headers } = answer.response;
    if (statusCode === 200) return answer;
    answer.response.destroy();
    if (statusCode === 404) throw httpFlvError('ERR_HTTP_FLV_NOT_FOUND', `the server answered 404 ${statusMessage}`);
    if (!REDIRECTS.has(statusCode)) throw httpFlvError('ERR_HTTP_FLV_REFUSED', `the server answered ${statusCode} ${statusMessage}`);
    target = followRedirect(target, headers.location);
  }
  throw httpFlvError('ERR_HTTP_FLV_REDIRECT', `more than ${MAX_REDIRECTS} redirects`);
}

async function ask({ host, port, secure, request, authority, authorization }: FlvUrl, { ctx, timeoutMs, allow, signal }: FlvRequest): Promise<FlvAnswer> {
  const tls = secure ? { tls: { servername: host } } : {};
  const { socket, remote } = await ctx.transport.connectTcp({ name: 'http-flv/pull', host, port, timeoutMs, ...tls, ...(allow && { allow }) });
  const headers = { host: authority, accept: '*/*', 'user-agent': 'Sluice', ...(authorization === undefined ? {} : { authorization }) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ createConnection: () => socket, path: request, headers, signal });
    outgoing.once('error', (error) => {
      socket.destroy();
      reject(httpFlvError('ERR_HTTP_FLV_CLOSED', `no answer that can be read: ${error.message}`, error));
    });
    // What goes wrong later is seen at the answer.
    outgoing.once('response', (response) => {
      outgoing.on('error', () => socket.destroy());
      resolve({ response, remote });
    });
    outgoing.end();
  });
}
