// What only one place may touch: the clock, the environment, randomness. Everything else takes the
// value as an argument, so that a test, a simulation and a replay can give another one.
// Each entry becomes a lint rule `slipway/NAME` that is on in all of src but its owners.

const SELECT = {
  property: (object, property) =>
    `MemberExpression:matches([object.name='${object}'], [object.property.name='${object}']):matches([property.name=/^(${property})$/], [property.value=/^(${property})$/])`,
  destructured: (object) => `VariableDeclarator[id.type='ObjectPattern'][init.name='${object}']`,
  module: (name) => `ImportDeclaration[source.value=/^(node:)?${name}$/]`,
};

export const OWNED = {
  clock: {
    owners: [
      'src/adapters/store/store-clock.ts',
      'src/adapters/open-telemetry/trace-clock.ts',
      'src/dashboard/clock.ts',
      'src/local/**',
    ],
    message:
      "Time comes in as the argument `now`: take it from the clock port (controller/ports/clock.ts). Only adapters/store/store-clock.ts reads this machine's clock.",
    selectors: [
      SELECT.property('Date', 'now'),
      SELECT.destructured('Date'),
      "NewExpression[callee.name='Date'][arguments.length=0]",
      "CallExpression[callee.name='Date']",
      SELECT.property('performance', '.+'),
      SELECT.destructured('performance'),
      SELECT.module('perf_hooks'),
      SELECT.property('process', 'hrtime|uptime'),
    ],
  },
  environment: {
    owners: ['src/config.ts', 'src/cli/**', 'src/local/**'],
    message:
      'Settings are read, checked and reported in src/config.ts alone: add the setting there and take its value as an argument.',
    selectors: [
      SELECT.property('process', 'env'),
      SELECT.destructured('process'),
      SELECT.module('process'),
    ],
  },
  'math-random': {
    owners: ['src/local/**'],
    message:
      'Math.random can be neither repeated nor trusted: take the value as an argument; adapters/ and app.ts make ids with node:crypto.',
    selectors: [SELECT.property('Math', 'random'), SELECT.destructured('Math')],
  },
  randomness: {
    owners: ['src/adapters/**', 'src/app.ts', 'src/dashboard/data/sha256.ts', 'src/local/**'],
    message:
      'Random values come in as an argument: only adapters/ and app.ts draw them (randomUUID, randomBytes). To hash, import `createHash` by name.',
    selectors: [
      `${SELECT.module('crypto')} > ImportSpecifier[imported.name=/^(random|generate|getRandom|webcrypto|subtle)/]`,
      `${SELECT.module('crypto')} > :matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)`,
      SELECT.property('crypto', '.+'),
      SELECT.destructured('crypto'),
    ],
  },
};

/** A lint rule that reports `message` wherever one of the selectors matches. */
export const ban = ({ message, selectors }) => ({
  meta: { type: 'problem', schema: [], messages: { owned: message } },
  create: (context) =>
    Object.fromEntries(
      selectors.map((selector) => [
        selector,
        (node) => context.report({ node, messageId: 'owned' }),
      ]),
    ),
});

/** Globals that judge and release may not see: each would make a verdict depend on where it runs. */
export const IMPURE_GLOBALS = [
  'performance',
  'process',
  'crypto',
  'globalThis',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
].map((name) => ({
  name,
  message: 'judge and release are pure: take what you need as an argument.',
}));
