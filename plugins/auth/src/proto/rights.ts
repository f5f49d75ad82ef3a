import { type AccessAction, pathPattern } from '@sluice/core';

/** What a credential lets do, and where. */
export interface Rights {
  readonly actions: readonly AccessAction[];
  /** Path patterns. */
  readonly paths: readonly string[];
}

/** Makes rights a check. */
export function rightsCheck({ actions, paths }: Rights): (action: AccessAction, path: string) => boolean {
  const patterns = paths.map(pathPattern);
  return (action, path) => actions.includes(action) && patterns.some((matches) => matches(path) !== undefined);
}
