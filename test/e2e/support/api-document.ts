import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** What is wrong with answers of the API, by its own OpenAPI document. */
export interface AnswerCheck {
  /** Of a call, named by the document's path below the API: `GET /streams/{path}`. Empty where all is well. */
  answer(call: string, status: number, body: unknown): string;
  /** Of an event. */
  event(body: unknown): string;
}

/** Reads the document that is at `url`. */
export async function checkAnswers(url: string): Promise<AnswerCheck> {
  const document = (await (await fetch(url)).json()) as { paths: Record<string, Record<string, { responses: Record<string, Answer> }>>; components: object };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const complaints = (of: string, schema: object, body: unknown): string => {
    const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components/', 'document#/components/')));
    return check(body) ? '' : `${of}: ${ajv.errorsText(check.errors)}: ${JSON.stringify(body)}`;
  };
  return {
    answer(call, status, body) {
      const [method = '', path = ''] = call.split(' ');
      const known = document.paths[`/api/v1${path}`]?.[method.toLowerCase()]?.responses[status];
      if (known === undefined) return `${call}: ${status} is not in the document: ${JSON.stringify(body)}`;
      const schema = known.content?.['application/json']?.schema;
      return schema === undefined ? (body === undefined ? '' : `${call}: a body where there is none`) : complaints(`${call} ${status}`, schema, body);
    },
    event: (body) => complaints('event', { $ref: '#/components/schemas/Event' }, body),
  };
}
