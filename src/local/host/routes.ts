/** Route templates and their matching: literal segments win over parameters, constrained over free ones. */
import { FunctionsHostError } from './host-error.ts';
import { parseConstraint } from './route-constraints.ts';
import type { Constraint } from './route-constraints.ts';

interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly defaultValue: string | undefined;
  readonly constraints: readonly Constraint[];
}
type Segment = { readonly kind: 'literal'; readonly text: string } | Parameter;

/** A route with what it leads to. */
export interface Route<T> {
  readonly template: string;
  readonly methods: readonly string[];
  readonly target: T;
  readonly segments: readonly Segment[];
}

/** A request's route, with the decoded values of its parameters. */
export interface RouteMatch<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Reads a template such as `releases/{id}/{action:regex(^(pause|resume)$)}`.
 *
 * @throws FunctionsHostError `route-invalid`
 */
export function parseRoute<T>(route: Omit<Route<T>, 'segments'>): Route<T> {
  const segments = splitTemplate(route.template).map((text) => parseSegment(text, route.template));
  const open = segments.findIndex(
    (segment) => segment.kind === 'parameter' && !isRequired(segment),
  );
  if (open !== -1 && open !== segments.length - 1) {
    const message = `Route "${route.template}": only the last segment may be optional or catch all.`;
    throw new FunctionsHostError('route-invalid', message);
  }
  return { ...route, segments };
}

/** Best routes first, so that the first match is the right one. */
export function sortRoutes<T>(routes: readonly Route<T>[]): Route<T>[] {
  return routes.toSorted((a, b) => compare(a.segments.map(precedence), b.segments.map(precedence)));
}

/** The first route that fits path and method. A wrong method is no match: the real host answers 404. */
export function matchRoute<T>(
  routes: readonly Route<T>[],
  request: { readonly method: string; readonly path: string },
): RouteMatch<T> | undefined {
  const parts = request.path.split('/').filter((part) => part !== '');
  for (const route of routes) {
    if (!route.methods.includes(request.method)) continue;
    const params = matchSegments(route.segments, parts);
    if (params !== undefined) return { target: route.target, params };
  }
  return undefined;
}

/** Splits at slashes, but not inside braces: a regular expression may contain one. */
function splitTemplate(template: string): string[] {
  const pattern = /(?:\{(?:\{\{|\}\}|[^{}])*\}|[^/{}])+/g;
  const parts = template.match(pattern) ?? [];
  if (parts.join('/') === template.replace(/^\/|\/$/g, '')) return parts;
  const message = `Route "${template}" is no route template: check its braces and slashes.`;
  throw new FunctionsHostError('route-invalid', message);
}

function parseSegment(text: string, template: string): Segment {
  if (!/[{}]/.test(text)) return { kind: 'literal', text: text.toLowerCase() };
  const inner = /^\{(\*{0,2})([A-Za-z_]\w*)(.*?)(?:=([^:()]*))?(\?)?\}$/s.exec(text);
  if (inner === null) {
    const message = `Route "${template}": the segment "${text}" must be one literal or one parameter.`;
    throw new FunctionsHostError('route-invalid', message);
  }
  const [, stars = '', name = '', constraints = '', defaultValue, optional] = inner;
  return {
    kind: 'parameter',
    name,
    optional: optional !== undefined,
    catchAll: stars !== '',
    defaultValue,
    constraints: splitConstraints(constraints, template).map((one) =>
      parseConstraint(one, template),
    ),
  };
}

/** Splits `:alpha:length(2)` at its colons, but not inside parentheses. */
function splitConstraints(text: string, template: string): string[] {
  if (text === '') return [];
  const parts = text.match(/:\w+(?:\(.*?\)(?=:\w|$))?/gs) ?? [];
  if (parts.join('') === text) return parts.map((part) => part.slice(1));
  const message = `Route "${template}": "${text}" is no list of constraints.`;
  throw new FunctionsHostError('route-invalid', message);
}

function isRequired(segment: Parameter): boolean {
  return !segment.optional && !segment.catchAll && segment.defaultValue === undefined;
}

/** Lower is better: the order of ASP.NET Core. */
function precedence(segment: Segment): number {
  if (segment.kind === 'literal') return 1;
  const free = segment.constraints.length === 0 ? 1 : 0;
  return (segment.catchAll ? 4 : 2) + free;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = decode(parts[index]);
    if (segment.kind === 'literal') {
      if (part?.toLowerCase() !== segment.text) return undefined;
      continue;
    }
    const value = segment.catchAll ? parts.slice(index).map(decode).join('/') : part;
    const given = value === undefined || value === '' ? segment.defaultValue : value;
    if (given === undefined) {
      if (isRequired(segment)) return undefined;
      continue;
    }
    if (!segment.constraints.every((fits) => fits(given))) return undefined;
    params[segment.name] = given;
    if (segment.catchAll) return params;
  }
  return parts.length > segments.length ? undefined : params;
}

/** A malformed escape stays as it is written. */
function decode(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
