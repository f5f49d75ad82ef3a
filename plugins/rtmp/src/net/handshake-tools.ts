import { createHmac, randomBytes } from 'node:crypto';
import type { HandshakeTools } from '../proto/handshake-digest.js';

/** The handshake's randomness and hash from the machine. */
export const nodeHandshakeTools: HandshakeTools = {
  randomBytes,
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
};
