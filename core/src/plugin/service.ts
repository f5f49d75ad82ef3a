/** A typed name of a service. Two tokens of one name are the same service. */
export interface ServiceToken<T> {
  readonly name: string;
  /** Loads the plugin that usually provides it, for engines whose plugin list leaves it out. */
  readonly load?: () => Promise<{ readonly default: unknown }>;
  /** Never set: carries the type. */
  readonly type?: (value: T) => T;
}

/** Makes a token: `service<HttpService>('http', () => import('./index.js'))`. */
export function service<T>(name: string, load?: () => Promise<{ readonly default: unknown }>): ServiceToken<T> {
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
