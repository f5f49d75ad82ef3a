import { messageOf, redactUrl } from '@sluice/core';
import type { Failure } from './courier.js';

/** Statuses of 400 to 499 that say nothing of the message itself (RFC 9110 15.5.9, RFC 8470, RFC 6585). */
const LATER = new Set([408, 425, 429]);

/** What to post. */
export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Posts a body. It arrived where the answer is 2xx; redirects are not followed. Never rejects, and shows no secrets of the URL. */
export async function post(url: string, { headers, body, signal }: PostRequest): Promise<Failure | undefined> {
  const { target, authorization } = withoutCredentials(url);
  try {
    const answer = await fetch(target, { method: 'POST', headers: { ...authorization, ...headers }, body, redirect: 'manual', signal });
    // Nobody reads what a receiver says beside its status.
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    const { status } = answer;
    return { reason: `status ${status} of ${redactUrl(url)}`, refused: status >= 400 && status < 500 && !LATER.has(status), answered: true };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return { reason: `${redactUrl(url)}: ${cause}`, refused: false, answered: false };
  }
}

/** `fetch` takes no URL with user and password: they are a header (RFC 7617). */
function withoutCredentials(url: string): { readonly target: string; readonly authorization: Readonly<Record<string, string>> } {
  const target = new URL(url);
  const { username, password } = target;
  if (username === '' && password === '') return { target: url, authorization: {} };
  target.username = '';
  target.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { target: target.href, authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}
