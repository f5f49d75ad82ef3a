import { STATUS_CODES } from 'node:http';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Role, roleForMethod } from '../proto/roles.js';
import { emptyBody } from './route-defaults.js';
import { examplesOf, failures } from './schemas.js';

type Transform = typeof jsonSchemaTransform;
type Json = Readonly<Record<string, unknown>>;
/** Zod schemas by status. */
type Answers = Readonly<Record<string, z.ZodType>>;

/** What every route with a key may answer, before it is asked itself. */
const REFUSED = {
  ERR_UNAUTHORIZED: [401, 'a valid key is needed: Authorization: Bearer KEY'],
  ERR_FORBIDDEN: [403, 'the role read may not do this'],
} as const;
const WRONG_FIELDS = { ERR_VALIDATION: [400, 'querystring/limit Too big: expected number to be <=1000'] } as const;
const WRONG_BODY = {
  ERR_VALIDATION: [400, "body Unrecognized key: 'more'"],
  ERR_HTTP_BODY_TOO_LARGE: [413, 'Request body is too large'],
  ERR_HTTP_MEDIA_TYPE: [415, 'Unsupported Media Type: text/plain'],
} as const;

/** `{ ERR_A: … }` of several examples by their code, others by number (OpenAPI 3.1.1, 4.8.14). */
function mediaExamples(examples: readonly unknown[]): Json {
  if (examples.length === 0) return {};
  if (examples.length === 1) return { example: examples[0] };
  const nameOf = (example: unknown, index: number) => (example as { error?: { code?: string } })?.error?.code ?? `example${index + 1}`;
  return { examples: Object.fromEntries(examples.map((value, index) => [nameOf(value, index), { value }])) };
}

/** The examples of a schema stand beside it. */
function mediaOf({ examples = [], ...schema }: Json): Json {
  return { schema, ...mediaExamples(examples as unknown[]) };
}

/** An answer as OpenAPI has it, from its JSON schema and the zod schema that it was made of. */
function answerOf(status: string, json: Json, schema: z.ZodType): Json {
  const { description = STATUS_CODES[Number(status)], content, ...rest } = json;
  if (content !== undefined) {
    const media = Object.entries(content as Record<string, { schema: Json }>).map(([type, { schema: inner }]) => [type, mediaOf(inner)]);
    return { description, content: Object.fromEntries(media) };
  }
  if (Object.keys(rest).length === 0) return { type: 'null', description };
  return { description, content: { 'application/json': mediaOf({ ...rest, examples: examplesOf(schema) }) } };
}

/** The answers to failures, those of the route itself before those that all have. They are all of one form, so no schema is converted. */
function failureAnswers(own: readonly Answers[], common: Answers): [status: string, answer: Json][] {
  const all = [...own, common].flatMap((answers) => Object.entries(answers));
  const statuses = [...new Set(all.map(([status]) => status))].sort();
  return statuses.map((status) => {
    const schemas = all.filter(([one]) => one === status).map(([, schema]) => schema);
    const description = schemas.map((schema) => schema.description ?? STATUS_CODES[Number(status)]).join(', ');
    const media = mediaOf({ $ref: '#/components/schemas/Error', examples: schemas.flatMap((schema) => examplesOf(schema)) });
    return [status, { description, content: { 'application/json': media } }];
  });
}

/** Describes a route: the role it needs, what all routes answer, examples; a stream's path, which is the rest of the URL, as a parameter. */
export const describeRoute: Transform = (input) => {
  const { schema: given, route } = input;
  if (given === undefined || given.hide === true) return jsonSchemaTransform(input);
  const role: Role = route.config?.role === undefined || route.config.role === 'public' ? roleForMethod(String(route.method)) : route.config.role;
  const body = given.body === emptyBody ? undefined : given.body;
  const answers = Object.entries((given.response ?? { 200: z.unknown() }) as Answers);
  const good = Object.fromEntries(answers.filter(([status]) => status < '400'));
  const own = answers.filter(([status]) => status >= '400').map(([status, schema]) => ({ [status]: schema }));
  const common = failures({ ...WRONG_FIELDS, ...(body === undefined ? {} : WRONG_BODY), ...REFUSED });
  const { schema, url } = jsonSchemaTransform({ ...input, schema: { ...given, body, response: good } });
  const described = {
    ...schema,
    description: `${(given as { description?: string }).description ?? ''} Needs a key with the role \`${role}\`.`.trim(),
    security: [{ key: [role] }],
    response: Object.fromEntries([
      ...Object.entries(schema.response as Record<string, Json>).map(([status, json]) => [status, answerOf(status, json, good[status] as z.ZodType)]),
      ...failureAnswers(own, common),
    ]),
  };
  // OpenAPI has no parameter that takes the rest of the URL.
  return url.endsWith('*') ? { schema: { ...described, params: withPath(schema.params as Json) }, url: url.replace('*', ':path') } : { schema: described, url };
};

/** The parameter `*` under the name `path`. */
function withPath(params: Json): Json {
  const properties = params.properties as Json;
  return { ...params, properties: { path: properties['*'] }, required: ['path'] };
}
