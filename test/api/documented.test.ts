// docs/api.md is written by hand: this holds it against the code.
import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { STATUS_OF_CODE } from '../../src/api/error-response.ts';
import { BODY_BYTES_MAX } from '../../src/api/parse-request.ts';
import { BOUNDS } from '../../src/limits.ts';
import { COMMANDS } from '../../src/release/event.ts';

const FUNCTIONS = new URL('../../src/functions/', import.meta.url);
const docs = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

const openapi = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as { components: { schemas: { ReleaseView: { properties: object } } } };

const routes = readdirSync(FUNCTIONS)
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, FUNCTIONS), 'utf8');
    const [, method] = /methods: \['(\w+)'\]/.exec(text) ?? [];
    const [, route] = /route: '([^']+)'/.exec(text) ?? [];
    return method === undefined || route === undefined ? [] : [`${method} /api/${route}`];
  });

describe('docs/api.md', () => {
  it('has every route', () => {
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.filter((route) => !docs.includes(`| \`${route}`))).toEqual([]);
  });

  it('has every code with its status', () => {
    const missing = Object.entries(STATUS_OF_CODE).filter(
      ([code, status]) => !new RegExp(`^\\| ${status} +\\|.*\`${code}\``, 'm').test(docs),
    );
    expect(missing).toEqual([]);
  });

  it('has every field of a release', () => {
    const { properties } = openapi.components.schemas.ReleaseView;
    const [, table = ''] = docs.split('\n## A release\n');
    const told = table.split('\n## ')[0] ?? '';
    const missing = Object.keys(properties).filter(
      (field) => !new RegExp(`^\\|[^|]*\`${field}[\`.]`, 'm').test(told),
    );
    expect(missing).toEqual([]);
  });

  it('has every command', () => {
    expect(COMMANDS.filter((command) => !docs.includes(`\`${command}\``))).toEqual([]);
  });
});

describe('a body', () => {
  it('may have as many bytes as a message', () => {
    expect(BODY_BYTES_MAX).toBe(BOUNDS.messageBytes);
  });
});
