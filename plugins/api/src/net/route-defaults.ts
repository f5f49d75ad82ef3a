import type { ApiApp } from './app-types.js';
import { noFields } from './schemas.js';

/** For routes that say nothing of a body. Not of the document. */
export const emptyBody = noFields.nullish();

/** Unknown fields are refused everywhere: a route that says nothing of a query or a body takes none. */
export function refuseUnknownFields(app: ApiApp): void {
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (route.config?.catchAll === true || schema === undefined) return;
    schema.querystring ??= noFields;
    const methods = [route.method].flat();
    if (methods.includes('POST') || methods.includes('DELETE')) schema.body ??= emptyBody;
  });
}
