import type { InitializeHook, ResolveHook } from 'node:module';

const OURS = /^(@sluice\/[a-z0-9-]+|zod)(\/|$)/;

let from = import.meta.url;

/** Takes the place that our own packages are looked up from. Runs in the thread of the module loader. */
export const initialize: InitializeHook<{ readonly from: string }> = (data) => {
  from = data.from;
};

/** Looks `@sluice/…` and `zod` up from the core where the plain lookup finds nothing. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (!OURS.test(specifier) || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return nextResolve(specifier, { ...context, parentURL: from });
  }
};
