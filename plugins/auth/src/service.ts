import { type AccessAction, type ServiceToken, service } from '@sluice/core';

/** A token without what it is. `createdAt` only where the API made it. */
export interface TokenInfo {
  readonly id: string;
  readonly origin: 'config' | 'api';
  readonly actions: readonly AccessAction[];
  /** Path patterns. */
  readonly paths: readonly string[];
  readonly createdAt?: string;
  readonly expiresAt?: string;
}

/** What a new token shall let do. */
export interface TokenRequest {
  readonly actions: readonly AccessAction[];
  readonly paths: readonly string[];
  /** ISO 8601. */
  readonly expiresAt?: string;
}

/** The tokens of an engine. */
export interface AuthService {
  /** All but what expired. */
  tokens(): TokenInfo[];
  /** Makes a token; it is on the disk when this resolves. Rejects with `ERR_AUTH_TOKEN_EXPIRED` (400), `ERR_AUTH_TOO_MANY_TOKENS` (503), `ERR_AUTH_TOKEN_FILE` (500). */
  createToken(request: TokenRequest): Promise<TokenInfo & { readonly token: string }>;
  /** Takes a token back: its sessions end once that is on the disk. Rejects with `ERR_AUTH_TOKEN_NOT_FOUND` (404), `ERR_AUTH_TOKEN_CONFIGURED` (409), `ERR_AUTH_TOKEN_FILE` (500). */
  revokeToken(id: string): Promise<void>;
}

/** Token of the service. */
export const authService: ServiceToken<AuthService> = service<AuthService>('auth', () => import('@sluice/plugin-auth'));
