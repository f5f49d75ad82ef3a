import { isPathPattern } from '@sluice/core';
import type { Rights } from './rights.js';

const MAX_PATHS = 1000;
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

/** What the claims `actions` and `paths` of a token let do. What is missing or makes no sense allows nothing. */
export function rightsOfClaims(claims: Readonly<Record<string, unknown>>): Rights {
  return {
    actions: texts(claims.actions).filter((action) => action === 'publish' || action === 'play'),
    paths: texts(claims.paths).slice(0, MAX_PATHS).filter(isPathPattern),
  };
}
