import { timingSafeEqual } from 'node:crypto';
import { type AccessRequest, isPathPattern, pathPattern, SluiceError, type Verdict } from '@sluice/core';

/** One line of the list. */
interface Rule {
  readonly action: string;
  readonly matches: (path: string) => boolean;
  readonly name: string;
  readonly password: string;
}

const ACTIONS: ReadonlySet<string> = new Set(['publish', 'play']);
const MAX_LINES = 10_000;

/** Answers a request by a list of rules. */
export type AccessList = (request: AccessRequest) => Verdict;

/**
 * Reads a list: `publish live/** camera s3cret`, a rule per line, `-` for both name and password where anybody may. Throws `ERR_AUTH_FILE_LINE`.
 */
export function parseAccessList(text: string): AccessList {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  if (lines.length > MAX_LINES) throw new SluiceError('ERR_AUTH_FILE_LINE', `more than ${MAX_LINES} lines`);
  const rules = lines.flatMap((line, index) => (line === '' ? [] : [parseRule(line, index + 1)]));
  return (request) => decide(rules, request);
}

function parseRule(line: string, number: number): Rule {
  const [action = '', paths = '', name = '', password, ...rest] = line.split(/\s+/);
  if (!ACTIONS.has(action) || !isPathPattern(paths) || password === undefined || rest.length > 0) {
    throw new SluiceError('ERR_AUTH_FILE_LINE', `line ${number} is not ACTION PATHS NAME PASSWORD`);
  }
  const wildcards = pathPattern(paths);
  return { action, matches: (path) => wildcards(path) !== undefined, name, password };
}

/** Who asks is decided before what is asked: 401 for nobody we know, 403 for somebody who may not. */
function decide(rules: readonly Rule[], request: AccessRequest): Verdict {
  const known = rules.filter((rule) => isAnybody(rule) || isProven(rule, request));
  if (known.some(({ action, matches }) => action === request.action && matches(request.path))) return { allow: true };
  return known.some((rule) => !isAnybody(rule)) ? { allow: false, status: 403 } : { allow: false, status: 401 };
}

function isAnybody({ name, password }: Rule): boolean {
  return name === '-' && password === '-';
}

/** By Basic or Digest where the protocol has them, else by `?user=NAME&password=PASSWORD`. */
function isProven({ name, password }: Rule, { credentials, query = {} }: AccessRequest): boolean {
  if (credentials !== undefined) return credentials.name === name && credentials.verify(password);
  return query.user === name && isSame(query.password ?? '', password);
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
