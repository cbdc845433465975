import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { matchRoute, parseRoute, sortRoutes } from '../../../src/local/host/routes.ts';

const table = (...templates: string[]) =>
  sortRoutes(
    templates.map((template) => parseRoute({ template, methods: ['GET'], target: template })),
  );
const match = (templates: string[], path: string) =>
  matchRoute(table(...templates), { method: 'GET', path });

describe('matchRoute', () => {
  it.each([
    ['a/b', '/a/b', {}],
    ['a/b', '/A/B/', {}],
    ['a/b', '/a/b/c', undefined],
    ['a/{id}', '/a/X', { id: 'X' }],
    ['a/{id}', '/a', undefined],
    ['a/{id}', '/a/x%2Fy', { id: 'x/y' }],
    ['a/{id}', '/a/%zz', { id: '%zz' }],
    ['a/{id?}', '/a', {}],
    ['a/{id=7}', '/a', { id: '7' }],
    ['a/{id:int}', '/a/-12', { id: '-12' }],
    ['a/{id:int}', '/a/2147483648', undefined],
    ['a/{id:long}', '/a/2147483648', { id: '2147483648' }],
    ['a/{id:alpha}', '/a/x1', undefined],
    ['a/{id:bool}', '/a/True', { id: 'True' }],
    [
      'a/{id:guid}',
      '/a/6f9619ff-8b86-d011-b42d-00c04fc964ff',
      { id: '6f9619ff-8b86-d011-b42d-00c04fc964ff' },
    ],
    ['a/{id:alpha:length(2)}', '/a/xy', { id: 'xy' }],
    ['a/{id:alpha:length(2)}', '/a/xyz', undefined],
    ['a/{id:minlength(2):maxlength(3)}', '/a/x', undefined],
    ['a/{id:range(1,3)}', '/a/3', { id: '3' }],
    ['a/{id:min(2)}', '/a/1', undefined],
    ['a/{x:regex(^(go|stop)$)}', '/a/STOP', { x: 'STOP' }],
    ['a/{x:regex(^(go|stop)$)}', '/a/stopped', undefined],
    ['a/{x:regex(^\\d{{2}}$)?}', '/a', {}],
    ['a/{x:regex(^\\d{{2}}$)?}', '/a/12', { x: '12' }],
    ['a/{x:regex(^\\d{{2}}$)}', '/a/123', undefined],
    ['a/{*rest}', '/a/b/c', { rest: 'b/c' }],
    ['a/{*rest}', '/a', {}],
    ['', '/', {}],
  ])('%s with %s gives %o', (template, path, params) => {
    expect(match([template], path)?.params).toEqual(params);
  });

  it.each([
    ['/a/b', 'a/b'],
    ['/a/c', 'a/{x}'],
    ['/a/7', 'a/{x:int}'],
    ['/a/b/c', 'a/{*rest}'],
    ['/z/b', '{x}/b'],
  ])('%s goes to %s, whatever the order of registration', (path, wanted) => {
    const templates = ['a/{*rest}', 'a/{x}', '{x}/b', 'a/{x:int}', 'a/b'];
    expect(match(templates, path)?.target).toBe(wanted);
    expect(match(templates.toReversed(), path)?.target).toBe(wanted);
  });

  it('fits only the methods of the route', () => {
    expect(matchRoute(table('a'), { method: 'POST', path: '/a' })).toBeUndefined();
  });

  it('gives back any value that was encoded into the path', () => {
    const value = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(value, (id) => {
        const path = `/a/${encodeURIComponent(id)}/b`;
        expect(match(['a/{id}/b'], path)?.params).toEqual({ id });
      }),
    );
  });
});

describe('parseRoute', () => {
  it.each([
    'a/{',
    'a/x{id}',
    'a/{x}{y}',
    'a/{id:odd}',
    'a/{x?}/b',
    'a/{*x}/b',
    'a//b',
    '{x:regex([)}',
  ])('refuses %s', (template) => {
    const parse = () => parseRoute({ template, methods: [], target: 0 });
    expect(parse).toThrow(expect.objectContaining({ code: 'route-invalid' }));
  });
});
