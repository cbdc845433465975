// Real answers against docs/openapi.json: whoever asks over HTTP in a test hands them in here.
import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

const response = z.looseObject({
  $ref: z.string().optional(),
  content: z.record(z.string(), z.unknown()).optional(),
});
const document = z
  .looseObject({
    paths: z.record(
      z.string(),
      z.record(
        z.string(),
        z.looseObject({ operationId: z.string(), responses: z.record(z.string(), response) }),
      ),
    ),
    components: z.looseObject({ responses: z.record(z.string(), response) }),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
    ) as unknown,
  );

// The document itself is no schema, so its own keywords are unknown; formats are not checked.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(document, 'openapi');

export interface Asked {
  readonly method: string;
  /** Begins after `/api/`, or after `/api/keys/`; with or without a query. */
  readonly path: string;
}

/** An answer as text, empty where there is no body. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** What the answer is that the document does not say; empty: all is as it says. */
export function undescribed(asked: Asked, { status, body }: Answered): readonly string[] {
  const found = operationOf(asked);
  // An address that is none is the host's to answer.
  if (found === undefined) return [];
  const { template, method, responses } = found;
  const told = responses[String(status)];
  const at = `${asked.method} /api${template}: ${status}`;
  if (told === undefined) return [`${at} is no answer of it`];
  // The host refuses a key without a body; 304 has none.
  if (body === '') return [];
  const shared = told.$ref?.split('/').at(-1);
  const content =
    (shared === undefined ? told : document.components.responses[shared])?.content ?? {};
  const [media] = Object.keys(content);
  if (media === undefined) return [`${at} has a body`];
  if (!media.includes('json')) return [];
  const base =
    shared === undefined
      ? ['paths', template, method, 'responses', String(status)]
      : ['components', 'responses', shared];
  return against([...base, 'content', media, 'schema'], at, body);
}

/** What is wrong with a body by the schema of this name; empty: it is as described. */
export function undescribedBody(schema: string, body: unknown): readonly string[] {
  return against(['components', 'schemas', schema], schema, JSON.stringify(body));
}

/** @throws Error with everything that is not described */
export function demandDescribed(asked: Asked, answered: Answered): void {
  const wrong = undescribed(asked, answered);
  if (wrong.length === 0) return;
  throw new Error(
    `not as docs/openapi.json says: ${wrong.join('; ')}\n${answered.body.slice(0, 2_000)}`,
  );
}

function against(pointer: readonly string[], at: string, body: string): readonly string[] {
  const escaped = pointer.map((part) =>
    encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
  );
  const validate = ajv.getSchema(`openapi#/${escaped.join('/')}`);
  if (validate === undefined) return [`${at} has no schema`];
  if (validate(JSON.parse(body))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${at} ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

interface Found {
  readonly template: string;
  readonly method: string;
  readonly responses: Readonly<Record<string, z.output<typeof response>>>;
}

/** A path without parameters wins over one with them, as in the host. */
function operationOf({ method, path }: Asked): Found | undefined {
  const [bare = ''] = path.split('?');
  const matching = Object.entries(document.paths)
    .filter(([template]) => patternOf(template).test(`/${bare}`))
    .toSorted(([one], [other]) => one.split('{').length - other.split('{').length);
  for (const [template, methods] of matching) {
    const key = method.toLowerCase();
    const operation = methods[key];
    if (operation !== undefined) return { template, method: key, responses: operation.responses };
  }
  return undefined;
}

function patternOf(template: string): RegExp {
  const source = template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${source}$`);
}
