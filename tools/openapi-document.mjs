// The OpenAPI document of the HTTP API: types of src/api/contract, what bodies take by zod, and the table of
// routes. ts-json-schema-generator turns doc comments into descriptions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  AnyType,
  createFormatter,
  createParser,
  createProgram,
  DefinitionType,
  SchemaGenerator,
} from 'ts-json-schema-generator';
import ts from 'typescript';
import { z } from 'zod';

import { APPS_BYTES_MAX } from '../src/release/parse-apps.ts';
import { question } from '../src/api/doctor-question.ts';
import { BODY_BYTES_MAX, commandBody } from '../src/api/parse-request.ts';
import { startMessage } from '../src/release/parse-start.ts';
import { publishedPlanSchema } from '../src/release/published-plan-schema.ts';
import { appsFile, writtenApp } from '../src/release/written-app.ts';
import { ROUTES } from './openapi-routes.mjs';

const inProject = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const { version, license } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));

const SCHEMAS = '#/components/schemas/';
const ref = (name) => ({ $ref: `${SCHEMAS}${name}` });

const ERRORS = {
  400: 'the input is wrong; `details` lists every problem with its path',
  401: 'nobody is signed in, or the key is missing or wrong. The host itself answers without a body',
  403: 'a right is missing, or the request comes from a page of another site',
  404: 'there is no such thing',
  409: 'refused as things stand; with a release where it stands',
  413: 'the body is too large',
  415: 'the body is not `application/json`, where people sign in',
  429: 'asked too often: nothing was done, and the header `Retry-After` has the seconds to wait',
  500: 'our mistake, or settings that are not valid; the log says more',
  503: 'storage does not answer: nothing is known to be written',
};

const BODIES = {
  StartBody: [startMessage, BODY_BYTES_MAX],
  CommandBody: [commandBody, BODY_BYTES_MAX],
  DoctorBody: [question, BODY_BYTES_MAX],
  AppsBody: [appsFile, APPS_BYTES_MAX],
};

/** The document and the plan's schema, as objects. */
export async function describeApi() {
  const planSchema = publishedPlanSchema();
  const schemas = sorted({ ...contractSchemas(), ...bodySchemas(planSchema) });
  const document = {
    openapi: '3.1.0',
    info: {
      ...{ title: 'Slipway', version, license: { name: license, identifier: license } },
      description:
        'Releases of Azure App Service apps. Times are ISO 8601 in UTC, weights are percents, `null` means that there is none. See docs/api.md.',
    },
    servers: [
      { url: '/api' },
      {
        url: '/api/keys',
        description: 'Where people sign in with Entra: the same for machines with a function key',
      },
    ],
    security: [{ functionKey: [] }, { functionKeyInQuery: [] }, { entra: [] }],
    paths: paths(),
    components: { schemas, responses: errorResponses(), securitySchemes: SECURITY },
  };
  return { document, planSchema };
}

const SECURITY = {
  functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
  functionKeyInQuery: { type: 'apiKey', in: 'query', name: 'code' },
  masterKey: {
    ...{ type: 'apiKey', in: 'header', name: 'x-functions-key' },
    description: 'The master key: routes that administer open to no other key',
  },
  masterKeyInQuery: {
    ...{ type: 'apiKey', in: 'query', name: 'code' },
    description: 'The same in the address',
  },
  entra: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    description: 'A token of Entra for Slipway, with one of its app roles; with `easy-auth` alone',
  },
};

// ---------------------------------------------------------------- paths

function paths() {
  const all = {};
  for (const route of ROUTES) {
    const path = `/${route.route}`;
    all[path] = { ...all[path], [route.method.toLowerCase()]: operation(route) };
  }
  return all;
}

function operation(route) {
  const { name, what, right, alsoRight, parameters = [], body } = route;
  const [summary] = what.split('; ');
  return {
    ...{ operationId: name, summary, description: what },
    'x-slipway-right': alsoRight === undefined ? right : { ...right, ...alsoRight },
    ...security(right),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameter) }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responses(route),
  };
}

function security(right) {
  if (right === 'none') return { security: [] };
  if (right !== 'administer') return {};
  return { security: [{ masterKey: [] }, { masterKeyInQuery: [] }, { entra: [] }] };
}

function parameter({ what, required, ...rest }) {
  const isRequired = rest.in === 'path' || required === true;
  return {
    name: rest.name,
    in: rest.in,
    required: isRequired,
    description: what,
    schema: rest.schema,
  };
}

function requestBody(name) {
  const [, most] = BODIES[name];
  return {
    required: true,
    description: `At most ${most / 1024} KiB.`,
    content: { 'application/json': { schema: ref(name) } },
  };
}

function responses(route) {
  const { right, errors, ok, method } = route;
  const usual = right === 'none' ? [503] : [401, 403, 500, ...(ok[503] === undefined ? [503] : [])];
  const changing = method === 'GET' ? [] : [415];
  const refused = Object.fromEntries(
    [...errors, ...usual, ...changing].map((status) => [
      status,
      { $ref: `#/components/responses/${status}` },
    ]),
  );
  const answered = Object.fromEntries(
    Object.entries(ok).map(([status, answer]) => [status, response(answer, route)]),
  );
  return { ...answered, ...refused };
}

function response([type, description, other], { media = 'application/json', location }) {
  const schema = other === undefined ? ref(type) : { oneOf: [ref(type), ref(other)] };
  return {
    description,
    ...(location === true
      ? {
          headers: {
            location: { description: 'address of the release', schema: { type: 'string' } },
          },
        }
      : {}),
    ...(type === undefined ? {} : { content: { [media]: { schema } } }),
  };
}

function errorResponses() {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: ref('ErrorAnswer') } } },
    ]),
  );
}

// ---------------------------------------------------------------- schemas

/** A type that zod infers: its schema comes from zod itself. */
const WRITTEN = { WrittenApp: writtenApp };

class ByZod {
  supportsNode(node) {
    return ts.isTypeReferenceNode(node) && Object.hasOwn(WRITTEN, node.typeName.getText());
  }

  createType(node) {
    return new DefinitionType(node.typeName.getText(), new AnyType());
  }
}

function contractSchemas() {
  const config = {
    path: inProject('src/api/contract{.ts,/*.ts}'),
    tsconfig: inProject('tsconfig.json'),
    type: '*',
    // `npm run types` checks them, and this is run when something else may be half made.
    skipTypeCheck: true,
    additionalProperties: false,
    expose: 'export',
    topRef: true,
    jsDoc: 'extended',
    encodeRefs: false,
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => chain.addNodeParser(new ByZod()));
  const generator = new SchemaGenerator(program, parser, createFormatter(config), config);
  const { definitions } = generator.createSchema('*');
  return JSON.parse(JSON.stringify(definitions).replaceAll('#/definitions/', SCHEMAS));
}

/** Of what is written, and of what is sent as it stands. */
function bodySchemas(planSchema) {
  const byZod = (schema) => withPlan(withoutDialect(z.toJSONSchema(schema, { io: 'input' })));
  const bodies = Object.entries(BODIES).map(([name, [schema]]) => [name, byZod(schema)]);
  const written = Object.entries(WRITTEN).map(([name, schema]) => [name, byZod(schema)]);
  const apps = Object.fromEntries(bodies).AppsBody;
  apps.properties.apps.items = ref('WrittenApp');
  return {
    ...Object.fromEntries([...bodies, ...written]),
    WrittenPlan: withoutDialect(planSchema),
    JsonSchema: { type: 'object', description: 'A JSON Schema.' },
    OpenapiDocument: { type: 'object', description: 'This document.' },
    File: { type: 'string', description: 'The bytes of a file.' },
  };
}

function withoutDialect(schema) {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== '$schema'));
}

/** The plan once, by its name. */
function withPlan(schema) {
  const properties = { ...schema.properties };
  for (const key of ['plan', 'defaultPlan', 'weakestPlan']) {
    if (properties[key] !== undefined) properties[key] = ref('WrittenPlan');
  }
  return { ...schema, properties };
}

function sorted(schemas) {
  return Object.fromEntries(
    Object.entries(schemas).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}
