import { SluiceError } from '../error.js';

const PART = /^[A-Za-z0-9_.~-]{1,128}$/;
const MAX_PARTS = 8;

/** True for `app/name`: one to eight parts of 1 to 128 characters `A-Z a-z 0-9 _ . ~ -`, none of them `.` or `..`. */
export function isStreamPath(path: string): boolean {
  const parts = path.split('/');
  return parts.length <= MAX_PARTS && parts.every((part) => PART.test(part) && part !== '.' && part !== '..');
}

/** Answers `path` where it is a stream path; throws `ERR_STREAM_PATH` (400) where it is not. */
export function checkStreamPath(path: string): string {
  if (!isStreamPath(path)) throw new SluiceError('ERR_STREAM_PATH', 'not a stream path: one to eight parts of A-Z a-z 0-9 _ . ~ -', { status: 400 });
  return path;
}
