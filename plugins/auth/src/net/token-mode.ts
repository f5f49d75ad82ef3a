import type { Clock } from '@sluice/core';
import type { AuthConfig } from '../config.js';
import { answerTo, type Check, tokensOf } from '../proto/holder.js';
import { createSignedUrls } from './signed-urls.js';
import type { Tokens } from './tokens.js';
import { createUsers } from './users.js';

/** `token`: tokens, users and signed URLs. Every credential that a request presents is tried. */
export function createTokenMode(config: Pick<AuthConfig, 'users' | 'signing'>, tokens: Tokens, clock: Clock): Check {
  const userOf = createUsers(config.users);
  const signerOf = config.signing === undefined ? undefined : createSignedUrls(config.signing.secret, clock);
  return (request) => {
    const { credentials } = request;
    const found = [...tokensOf(request).map((token) => tokens.find(token)), credentials === undefined ? undefined : userOf(credentials), signerOf?.(request)];
    return answerTo(
      request,
      found.filter((holder) => holder !== undefined),
    );
  };
}
