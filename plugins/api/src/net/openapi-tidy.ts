import type { jsonSchemaTransformObject } from 'fastify-type-provider-zod';

type Json = { [name: string]: unknown };
type Document = ReturnType<typeof jsonSchemaTransformObject>;

const REFERENCE = /#\/components\/schemas\/([A-Za-z0-9_.-]+)/g;
const referencedIn = (value: unknown): string[] => [...JSON.stringify(value ?? null).matchAll(REFERENCE)].map(([, name = '']) => name);

/** Leaves out the schemas that nothing refers to, but for `wanted`: the registry of zod is of the whole process. */
export function keepReferenced(document: Document, wanted: readonly string[]): Document {
  const { paths, components } = document as { paths?: unknown; components?: { schemas?: Json } };
  const all = components?.schemas ?? {};
  const kept = new Set<string>();
  const open = [...wanted, ...referencedIn(paths)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (kept.has(name) || all[name] === undefined) continue;
    kept.add(name);
    open.push(...referencedIn(all[name]));
  }
  const schemas = Object.fromEntries([...kept].sort().map((name) => [name, all[name]]));
  return { ...document, components: { ...components, schemas } } as Document;
}

/** A body that may be left out is not required, and nobody needs to write `null` for it. */
export function relaxBodies(document: Document): Document {
  for (const item of Object.values((document.paths ?? {}) as Json)) {
    for (const { requestBody } of Object.values(item as Record<string, { requestBody?: { required: boolean; content: Json } }>)) {
      const media = requestBody?.content['application/json'] as { schema: { anyOf?: Json[] } } | undefined;
      const [given, none] = media?.schema.anyOf ?? [];
      if (requestBody === undefined || media === undefined || given === undefined || none?.type !== 'null') continue;
      requestBody.required = false;
      media.schema = given;
    }
  }
  return document;
}
