import type { AccessAction, AccessRequest, Grant, Verdict } from '@sluice/core';

/** Somebody whose credential is good: what it lets do, and for how long. */
export interface Holder {
  permits(action: AccessAction, path: string): boolean;
  readonly grant?: Grant;
}

/** Decides one request. */
export type Check = (request: AccessRequest) => Promise<Verdict> | Verdict;

const UNKNOWN: Verdict = { allow: false, status: 401, message: 'a valid credential is needed' };
const FORBIDDEN: Verdict = { allow: false, status: 403, message: 'this credential does not allow it' };

/** The answer to a request of these holders: 401 where there is none, 403 where none may. What is there at the path plays no part. */
export function answerTo({ action, path }: AccessRequest, holders: readonly Holder[]): Verdict {
  if (holders.length === 0) return UNKNOWN;
  const holder = holders.find((candidate) => candidate.permits(action, path));
  if (holder === undefined) return FORBIDDEN;
  return holder.grant === undefined ? { allow: true } : { allow: true, grant: holder.grant };
}

const MAX_TOKEN_CHARACTERS = 8192;

/** The tokens of a request: by path or header, and by query. */
export function tokensOf({ token, query }: AccessRequest): string[] {
  return [token, query?.token].filter((text): text is string => text !== undefined && text !== '' && text.length <= MAX_TOKEN_CHARACTERS);
}
