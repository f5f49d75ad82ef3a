/** A typed name of a service. Two tokens of one name are the same service. `C` is the config by name of the plugins that `load` brings. */
export interface ServiceToken<T, C = unknown> {
  readonly name: string;
  /** Loads the plugin that usually provides it, for engines whose plugin list leaves it out. */
  readonly load?: () => Promise<{ readonly default: unknown }>;
  /** Never set: carries the type. */
  readonly type?: (value: T) => T;
  /** Never set: carries the type. */
  readonly brings?: C;
}

/** Config by name of what the tokens bring. */
export type BroughtBy<R extends readonly { readonly brings?: unknown }[]> = R extends readonly [
  { readonly brings?: infer C },
  ...infer Rest extends readonly { readonly brings?: unknown }[],
]
  ? ([C] extends [never] ? unknown : C) & BroughtBy<Rest>
  : unknown;

/**
 * Makes a token: `service<HttpService>('http', () => import('./index.js'))`. Where it has a `load`, declare the config of what that brings, and embedders get it
 * typed: `ServiceToken<HttpService, ConfigByName<'http', typeof httpConfig>>`.
 */
export function service<T>(name: string, load?: () => Promise<{ readonly default: unknown }>): ServiceToken<T, never> {
  return load === undefined ? { name } : { name, load };
}

/** A typed name of a list that plugins add to (codecs of a format, routes of a page …). */
export interface ExtensionPoint<T> {
  readonly name: string;
  /** Never set: carries the type. */
  readonly type?: (value: T) => T;
}

/** Makes an extension point. */
export function extensionPoint<T>(name: string): ExtensionPoint<T> {
  return { name };
}
