/** What anybody wants to do with a stream. */
export type AccessAction = 'publish' | 'play';

/** A name and a proof of its password, as Basic or Digest present them. */
export interface Credentials {
  readonly name: string;
  /** Whether the peer proved to know this password. Takes a time that does not tell where a wrong one differs. */
  verify(password: string): boolean;
}

/** Who is at the other end, as far as its protocol tells. */
export interface Peer {
  /** The protocol's name as shown in the API and given to hooks, e.g. that of its plugin. */
  readonly protocol: string;
  /** `address:port` of the other end. */
  readonly remote?: string;
  /** The query of the URL, names and values decoded. */
  readonly query?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  /** A credential found outside the query (path, header). */
  readonly token?: string;
  /** Presented beside the query, where the protocol has a way. */
  readonly credentials?: Credentials;
}

/** The one question every protocol asks before anything happens. */
export interface AccessRequest extends Peer {
  readonly action: AccessAction;
  readonly path: string;
}

/** How long a permission lasts. The engine ends the session within a second of its end. */
export interface Grant {
  /** From now on, in milliseconds, by a clock that nobody sets; without it there is no end. */
  readonly lastsMs?: number;
  /** Looked at once a second: true once it was taken back. */
  readonly revoked: boolean;
}

/** The one answer. `status` is 401 (no or unknown credential) or 403 (known, not allowed). */
export type Verdict = { readonly allow: true; readonly grant?: Grant } | { readonly allow: false; readonly status: 401 | 403; readonly message?: string };

/** What a request presents to be let in, as text; `undefined` for nothing, empty for a proof of a password, which differs each time. */
export function credentialOf({ token, query = {}, credentials }: AccessRequest): string | undefined {
  if (credentials !== undefined) return '';
  const presented = [token, query.token, query.sig];
  return presented.some((text) => text !== undefined && text !== '') ? JSON.stringify(presented) : undefined;
}
