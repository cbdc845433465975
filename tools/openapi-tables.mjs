// The tables of docs/api.md that say the same as the OpenAPI document.

const TABLES = { routes: routesTable, reference: referenceTable };

/** The text with each table between its two marks written anew. */
export function withTables(text, document) {
  return Object.entries(TABLES).reduce((written, [name, table]) => {
    const marks = [`<!-- ${name}: by tools/openapi.mjs -->`, `<!-- end of ${name} -->`];
    const [from, to] = marks.map((mark) => written.indexOf(mark));
    if (from === -1 || to < from)
      throw new Error(`docs/api.md lacks the marks ${marks.join(' … ')}`);
    const before = written.slice(0, from + marks[0].length);
    return `${before}\n\n${table(document)}\n\n${written.slice(to)}`;
  }, text);
}

function operations({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      title: `${method.toUpperCase()} /api${path}`,
    })),
  );
}

function routesTable(document) {
  const rows = operations(document).map(
    (operation) => `| \`${operation.title}\` | ${operation.description} | ${rightOf(operation)} |`,
  );
  return ['| route | what | right |', '| --- | --- | --- |', ...rows].join('\n');
}

function rightOf({ 'x-slipway-right': right }) {
  if (right === 'none') return 'none: open';
  if (typeof right === 'string') return `\`${right}\``;
  return Object.keys(right)
    .map((one) => `\`${one}\``)
    .join(', ');
}

function referenceTable(document) {
  const rows = operations(document).map((operation) =>
    [
      `| \`${operation.title}\``,
      parametersOf(operation),
      bodyOf(operation),
      answersOf(operation),
      `${errorsOf(operation)} |`,
    ].join(' | '),
  );
  const heads = ['route', 'parameters', 'body', 'answers', 'refusals'];
  return [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...rows].join('\n');
}

function parametersOf({ parameters = [] }) {
  const asked = parameters.filter((one) => one.in === 'query');
  return asked.map((one) => `\`${one.name}\`: ${one.description}${bounds(one)}`).join('; ');
}

function bounds({ required, schema }) {
  const said = [
    ...(required ? ['required'] : []),
    ...(schema.enum === undefined ? [] : [schema.enum.map((value) => `\`${value}\``).join(', ')]),
    ...(schema.maximum === undefined ? [] : [`${schema.minimum} to ${schema.maximum}`]),
    ...(schema.default === undefined ? [] : [`\`${schema.default}\` unless told`]),
  ];
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
}

function bodyOf({ requestBody }) {
  const schema = requestBody?.content['application/json']?.schema;
  return schema === undefined ? '' : typeName(schema);
}

function answersOf({ responses }) {
  return Object.entries(responses)
    .filter(([, response]) => response.$ref === undefined)
    .map(([status, { content = {} }]) => {
      const [media, answer] = Object.entries(content)[0] ?? [];
      if (answer === undefined) return status;
      return `${status} ${typeName(answer.schema) ?? media}`;
    })
    .join(', ');
}

function errorsOf({ responses }) {
  return Object.entries(responses)
    .filter(([, response]) => response.$ref !== undefined)
    .map(([status]) => status)
    .join(', ');
}

function typeName({ $ref, oneOf }) {
  if (oneOf !== undefined) return oneOf.map(typeName).join(' or ');
  return `\`${$ref.split('/').at(-1)}\``;
}
