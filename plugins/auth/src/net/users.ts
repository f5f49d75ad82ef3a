import { randomBytes } from 'node:crypto';
import type { Credentials } from '@sluice/core';
import type { AuthConfig } from '../config.js';
import type { Holder } from '../proto/holder.js';
import { rightsCheck } from '../proto/rights.js';

/** Makes a check of names with proofs of their passwords. Whether there is such a name cannot be told by the time it takes. */
export function createUsers(users: AuthConfig['users']): (credentials: Credentials) => Holder | undefined {
  const byName = new Map(users.map(({ name, password, ...rights }) => [name, { password, holder: { permits: rightsCheck(rights) } }]));
  const nobodys = randomBytes(24).toString('base64url');
  return (credentials) => {
    const user = byName.get(credentials.name);
    const isRight = credentials.verify(user?.password ?? nobodys);
    return isRight ? user?.holder : undefined;
  };
}
