import type { z } from 'zod';
import type { engineSchema } from './engine-schema.js';

/** What a layer of config may say of a value: any part of it, as layers complete each other. Lists are taken whole. */
export type ConfigLayer<T> = T extends readonly unknown[] | ((...args: never) => unknown) | Uint8Array | Date
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: ConfigLayer<T[K]> }
    : T;

/** Config of the plugin `N` whose schema is `C`, by its name. */
export type ConfigByName<N extends string, C extends z.ZodType> = { readonly [K in N]?: ConfigLayer<z.input<C>> };

type Flat<T> = { [K in keyof T]: T[K] };
type Both<I> = (I extends unknown ? (value: ConfigOf<I>) => void : never) extends (value: infer A) => void ? A : never;

/** Config by name that plugins, presets and lists of them take. Of those given by name nothing is known: they may take anything. */
export type ConfigOf<E> = E extends { readonly kind: 'sluice.plugin' | 'sluice.preset'; readonly takes?: infer M }
  ? M
  : E extends { readonly use: infer U }
    ? ConfigOf<U>
    : E extends readonly (infer I)[]
      ? Both<I>
      : E extends string
        ? Readonly<Record<string, unknown>>
        : unknown;

/** The config of an engine with these plugins and presets. */
export type EngineConfig<E> = Flat<{ readonly engine?: ConfigLayer<z.input<typeof engineSchema>> } & ConfigOf<E>>;
