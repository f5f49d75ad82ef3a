import type { ListenAddress } from '../transport/types.js';
import { type ExtensionPoint, extensionPoint } from './service.js';

/** A secret in the data folder (`ctx.secret`). */
export interface KeptSecret {
  readonly plugin: string;
  readonly name: string;
  readonly value: string;
  /** True on the start that made it: only then it is shown. */
  readonly fresh: boolean;
  readonly file: string;
}

/** What the start of a server tells the plugins, for their lines in its banner. */
export interface BannerFacts {
  /** The name or address to reach this machine by, ready for URLs. */
  readonly host: string;
  readonly addresses: readonly ListenAddress[];
  readonly secrets: readonly KeptSecret[];
}

/** A line of the banner: what, and the text to paste. */
export interface BannerLine {
  readonly label: string;
  readonly text: string;
}

/** Makes a plugin's lines. */
export type BannerSource = (facts: BannerFacts) => readonly BannerLine[];

/** Plugins add their lines to the banner: `ctx.extend(banner, ({ host, addresses }) => [{ label: 'Play', text: '…' }])`. */
export const banner: ExtensionPoint<BannerSource> = extensionPoint('banner');
