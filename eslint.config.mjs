// What the code may look like. The walls between the layers are a table: tools/lint/layers.mjs.
import { defineConfig, globalIgnores } from 'eslint/config';
import unicorn from 'eslint-plugin-unicorn';
import tseslint from 'typescript-eslint';

import { disableReason } from './tools/lint/disable-reason.mjs';
import { ban, IMPURE_GLOBALS, OWNED } from './tools/lint/owners.mjs';
import { walls } from './tools/lint/walls.mjs';

const slipway = {
  rules: {
    walls,
    'disable-reason': disableReason,
    ...Object.fromEntries(Object.entries(OWNED).map(([name, what]) => [name, ban(what)])),
  },
};

const owned = Object.entries(OWNED).map(([name, { owners }]) => ({
  name: `slipway/${name}`,
  files: ['src/**'],
  ignores: owners,
  rules: { [`slipway/${name}`]: 'error' },
}));

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.slipway/', 'test/fixtures/']),
  {
    files: ['**/*.{ts,tsx,mjs}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { unicorn, slipway },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'slipway/disable-reason': 'error',

      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'unicorn/filename-case': ['error', { case: 'kebabCase' }],
      'unicorn/prefer-node-protocol': 'error',
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],

      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Asks for `!`, which no-non-null-assertion refuses.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // `async` without `await` is wanted: what such a function throws is a rejection, as its port says.
      '@typescript-eslint/require-await': 'off',
      // Both are at home here: interfaces for what is implemented, types for what is only data.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['src/**'],
    rules: { 'slipway/walls': 'error' },
  },
  ...owned,
  {
    files: ['src/**'],
    ignores: ['src/local/**', 'src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['src/judge/**', 'src/release/**'],
    rules: { 'no-restricted-globals': ['error', ...IMPURE_GLOBALS] },
  },
  {
    files: ['test/**'],
    rules: {
      // A `describe` is one function, and a table of cases is long.
      'max-lines-per-function': 'off',
      'max-params': 'off',
    },
  },
  {
    // Scripts run before anything is installed or built, on an old Node too: JavaScript without types.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['*.config.{ts,mjs}'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
