export { type BasicCredentials, parseBasicCredentials, serializeBasicCredentials } from './basic.js';
export { constantTimeEqual } from './compare.js';
export { type DigestAlgorithm, type DigestCredentials, type DigestHash, type DigestInput, digestResponse, verifyDigest } from './digest.js';
export {
  answerDigestChallenge,
  type DigestChallenge,
  parseDigestChallenge,
  parseDigestCredentials,
  serializeDigestChallenge,
  serializeDigestCredentials,
} from './digest-headers.js';
export type { WireTextErrorCode } from './errors.js';
export { decodeText, findHeadEnd, parseHead, type TextHead } from './head.js';
export {
  findHeader,
  findHeaders,
  type HeaderList,
  type HeaderOptions,
  headerSpelling,
  isToken,
  parseHeaderLines,
  serializeHeaders,
} from './headers.js';
export { DEFAULT_TEXT_LIMITS, type TextLimits, textLimits } from './limits.js';
export { contentLengthOf, type FramedMessage, MessageReader, type MessageReaderOptions } from './message-reader.js';
export { NonceIssuer, type NonceIssuerOptions, type NonceVerdict } from './nonce-issuer.js';
export { type Parameters, parseParameters, quote, splitOutside, unquote } from './parameters.js';
export { parseStartLine, type RequestLine, type StatusLine } from './start-line.js';
