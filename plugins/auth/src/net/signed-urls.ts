import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessRequest, Clock } from '@sluice/core';
import type { Holder } from '../proto/holder.js';
import { readSignature, signedText } from '../proto/signature.js';

/** Makes a check of signed URLs. A signature is about one action and path: with any other it is a false one. */
export function createSignedUrls(secret: string, clock: Clock): (request: AccessRequest) => Holder | undefined {
  return ({ action, path, query }) => {
    const signature = readSignature(query);
    if (signature === undefined) return undefined;
    const right = createHmac('sha256', secret)
      .update(signedText(action, path, signature.exp))
      .digest();
    const lastsMs = signature.expiresAtMs - clock.wallMs();
    if (!timingSafeEqual(right, Buffer.from(signature.sig, 'hex')) || lastsMs <= 0) return undefined;
    return { permits: () => true, grant: { lastsMs, revoked: false } };
  };
}
