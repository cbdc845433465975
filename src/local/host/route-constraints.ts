/** Inline constraints of route templates, such as `{id:int}`: those of ASP.NET Core that matter here. */
import { FunctionsHostError } from './host-error.ts';

/** Says whether a parameter's value fits. */
export type Constraint = (value: string) => boolean;

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const INT_MAX = 2_147_483_647n;
const LONG_MAX = 9_223_372_036_854_775_807n;

const PLAIN: Readonly<Record<string, Constraint>> = {
  alpha: (value) => /^[a-z]*$/i.test(value),
  bool: (value) => /^(?:true|false)$/i.test(value),
  guid: (value) => GUID.test(value),
  int: (value) => isInteger(value, INT_MAX),
  long: (value) => isInteger(value, LONG_MAX),
  required: (value) => value !== '',
};

/** Each takes the numbers in its parentheses. */
const NUMERIC: Readonly<Record<string, (value: string, bounds: readonly number[]) => boolean>> = {
  length: (value, [min = 0, max = min]) => value.length >= min && value.length <= max,
  minlength: (value, [min = 0]) => value.length >= min,
  maxlength: (value, [max = 0]) => value.length <= max,
  min: (value, [min = 0]) => isInteger(value, LONG_MAX) && Number(value) >= min,
  max: (value, [max = 0]) => isInteger(value, LONG_MAX) && Number(value) <= max,
  range: (value, [min = 0, max = 0]) =>
    isInteger(value, LONG_MAX) && Number(value) >= min && Number(value) <= max,
};

/**
 * The constraint written as `int`, `length(1,5)` or `regex(^a|b$)`.
 *
 * @throws FunctionsHostError `route-invalid`, naming the template
 */
export function parseConstraint(text: string, template: string): Constraint {
  const [, name = '', argument] = /^(\w+)(?:\((.*)\))?$/s.exec(text) ?? [];
  const plain = PLAIN[name];
  if (plain !== undefined && argument === undefined) return plain;
  const numeric = NUMERIC[name];
  if (numeric !== undefined && argument !== undefined) {
    const bounds = argument.split(',').map(Number);
    if (bounds.every(Number.isFinite)) return (value) => numeric(value, bounds);
  }
  if (name === 'regex' && argument !== undefined) {
    // Braces are doubled inside a template; .NET matches anywhere and ignores case.
    const source = argument.replaceAll('{{', '{').replaceAll('}}', '}');
    const pattern = compile(source, template);
    return (value) => pattern.test(value);
  }
  const known = [...Object.keys(PLAIN), ...Object.keys(NUMERIC), 'regex'].join(', ');
  const message = `Route "${template}" has the constraint "${text}": the local host knows ${known}.`;
  throw new FunctionsHostError('route-invalid', message);
}

function compile(source: string, template: string): RegExp {
  try {
    return new RegExp(source, 'i');
  } catch (cause) {
    const message = `Route "${template}" has a regular expression that does not compile: ${source}`;
    throw new FunctionsHostError('route-invalid', message, { cause });
  }
}

function isInteger(value: string, limit: bigint): boolean {
  if (!/^[+-]?\d{1,20}$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number <= limit && number >= -limit - 1n;
}
