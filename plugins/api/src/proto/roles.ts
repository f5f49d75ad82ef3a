/** What a key may do: `read` may GET, `operate` may also act, `admin` may also change tokens and config. */
export type Role = 'read' | 'operate' | 'admin';

const RANK: Readonly<Record<Role, number>> = { read: 0, operate: 1, admin: 2 };

/** True where `role` may do what needs `needed`. */
export function covers(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The role a method needs, unless its route says more. */
export function roleForMethod(method: string): Role {
  return SAFE.has(method) ? 'read' : 'operate';
}
