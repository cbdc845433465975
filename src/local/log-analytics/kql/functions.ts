import { numberOf, not, truthOf } from './comparisons.ts';
import {
  toBool,
  toDatetime,
  toDynamic,
  toLong,
  toReal,
  toStringOf,
  toTimespan,
} from './conversions.ts';
import { binOf, datetimeDiff, startOf } from './date-functions.ts';
import { hashOf } from './hash.ts';
import { parseUrl } from './parse-url.ts';
import type { Expr, Read, Scope } from './relation.ts';
import { textOf } from './values.ts';
import type { KqlType, Value } from './values.ts';

/** What a function compiles from. The binder has already checked the number and types of arguments. */
export interface Call {
  readonly args: readonly Expr[];
  /** Type of the result as the binder sees it. */
  readonly type: KqlType;
  readonly scope: Scope;
}

/** Compiles a call into a reader. */
export type FunctionCompiler = (call: Call) => Read;

function argument(call: Call, index: number): Expr {
  return call.args[index] ?? { type: 'dynamic', read: () => null };
}

/** A function of the text of its first argument. */
function ofText(compute: (text: string) => Value): FunctionCompiler {
  return (call) => {
    const { read, type } = argument(call, 0);
    return (row) => compute(textOf(read(row), type));
  };
}

function ofValue(compute: (value: Value) => Value): FunctionCompiler {
  return (call) => {
    const { read } = argument(call, 0);
    return (row) => compute(read(row));
  };
}

/** A function of numbers, null when its first argument is null. */
function ofNumber(compute: (value: number, second: number | null) => Value): FunctionCompiler {
  return (call) => {
    const first = argument(call, 0).read;
    const second = argument(call, 1).read;
    return (row) => {
      const value = numberOf(first(row));
      return value === null ? null : compute(value, numberOf(second(row)));
    };
  };
}

const isEmptyText: FunctionCompiler = (call) => {
  const { read, type } = argument(call, 0);
  return (row) => textOf(read(row), type) === '';
};

const isNotEmptyText: FunctionCompiler = (call) => {
  const { read, type } = argument(call, 0);
  return (row) => textOf(read(row), type) !== '';
};

const conditional: FunctionCompiler = (call) => {
  const [condition, yes, no] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  return (row) => (truthOf(condition.read(row)) === true ? yes.read(row) : no.read(row));
};

const caseOf: FunctionCompiler = (call) => {
  const otherwise = argument(call, call.args.length - 1);
  return (row) => {
    for (let index = 0; index + 1 < call.args.length; index += 2) {
      if (truthOf(argument(call, index).read(row)) === true) {
        return argument(call, index + 1).read(row);
      }
    }
    return otherwise.read(row);
  };
};

const coalesce: FunctionCompiler = (call) => (row) => {
  for (const { read } of call.args) {
    const value = read(row);
    // coalesce() of strings passes over empty ones, as strings have no null.
    if (value !== null && value !== '') {
      return value;
    }
  }
  return call.type === 'string' ? '' : null;
};

const strcat: FunctionCompiler = (call) => (row) =>
  call.args.map(({ read, type }) => textOf(read(row), type)).join('');

const substring: FunctionCompiler = (call) => {
  const text = argument(call, 0);
  const start = argument(call, 1).read;
  const length = call.args.length > 2 ? argument(call, 2).read : undefined;
  return (row) => {
    const whole = textOf(text.read(row), text.type);
    const from = numberOf(start(row)) ?? 0;
    const at = from < 0 ? Math.max(0, whole.length + from) : from;
    const count = length === undefined ? whole.length : (numberOf(length(row)) ?? 0);
    return whole.slice(at, at + Math.max(0, count));
  };
};

const split: FunctionCompiler = (call) => {
  const [text, delimiter] = [argument(call, 0), argument(call, 1)];
  const index = call.args.length > 2 ? argument(call, 2).read : undefined;
  return (row) => {
    const parts = textOf(text.read(row), text.type).split(textOf(delimiter.read(row), 'string'));
    if (index === undefined) {
      return parts;
    }
    const part = parts[numberOf(index(row)) ?? 0];
    return part === undefined ? [] : [part];
  };
};

const replaceString: FunctionCompiler = (call) => {
  const [text, lookup, rewrite] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  return (row) =>
    textOf(text.read(row), text.type).replaceAll(textOf(lookup.read(row), 'string'), () =>
      textOf(rewrite.read(row), 'string'),
    );
};

const bin: FunctionCompiler = (call) => {
  const [value, size] = [argument(call, 0), argument(call, 1)];
  const isDatetime = value.type === 'datetime';
  return (row) => binOf(numberOf(value.read(row)), numberOf(size.read(row)), isDatetime);
};

function extreme(better: (candidate: number, best: number) => boolean): FunctionCompiler {
  return (call) => (row) => {
    let best: number | null = null;
    for (const { read } of call.args) {
      const value = numberOf(read(row));
      if (value !== null && (best === null || better(value, best))) {
        best = value;
      }
    }
    return best;
  };
}

/** bin_at(): bins of `size`, one of which begins at the given point. */
const binAt: FunctionCompiler = (call) => {
  const [value, size, fixed] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  return (row) => {
    const at = numberOf(fixed.read(row));
    const number = numberOf(value.read(row));
    if (at === null || number === null) return null;
    const start = binOf(number - at, numberOf(size.read(row)), false);
    return start === null ? null : at + start;
  };
};

const round = ofNumber((value, digits) => {
  const scale = 10 ** (digits ?? 0);
  return Math.round(value * scale) / scale;
});

const diff: FunctionCompiler = (call) => {
  const [part, first, second] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  return (row) => {
    const a = numberOf(first.read(row));
    const b = numberOf(second.read(row));
    return a === null || b === null ? null : datetimeDiff(textOf(part.read(row), 'string'), a, b);
  };
};

/** hash(): not the values of Azure's, which may change too, but as even and the same for the same value. */
const hash: FunctionCompiler = (call) => {
  const { read, type } = argument(call, 0);
  const mod = argument(call, 1).read;
  return (row) => {
    const value = hashOf(textOf(read(row), type));
    const size = numberOf(mod(row));
    return size === null || size === 0 ? value : value % size;
  };
};

const now: FunctionCompiler = (call) => {
  const { nowMs } = call.scope.environment;
  const offset = argument(call, 0).read;
  return (row) => nowMs + (numberOf(offset(row)) ?? 0);
};

const ago: FunctionCompiler = (call) => {
  const { nowMs } = call.scope.environment;
  const age = argument(call, 0).read;
  return (row) => {
    const ms = numberOf(age(row));
    return ms === null ? null : nowMs - ms;
  };
};

const ingestionTime: FunctionCompiler = (call) => call.scope.ingestionTime ?? (() => null);

function ofStart(period: Parameters<typeof startOf>[0]): FunctionCompiler {
  return ofNumber((value) => startOf(period, value));
}

const tostring: FunctionCompiler = (call) => {
  const { read, type } = argument(call, 0);
  const convert = toStringOf(type);
  return (row) => convert(read(row));
};

/** Scalar functions by name. What is not here is answered with a 400 that names it. */
export const FUNCTIONS: ReadonlyMap<string, FunctionCompiler> = new Map<string, FunctionCompiler>([
  ['now', now],
  ['ago', ago],
  ['ingestion_time', ingestionTime],
  ['bin', bin],
  ['floor', bin],
  ['bin_at', binAt],
  ['ceiling', ofNumber((value) => Math.ceil(value))],
  ['round', round],
  ['abs', ofNumber((value) => Math.abs(value))],
  ['sign', ofNumber((value) => Math.sign(value))],
  ['sqrt', ofNumber((value) => Math.sqrt(value))],
  ['log', ofNumber((value) => Math.log(value))],
  ['exp', ofNumber((value) => Math.exp(value))],
  ['pow', ofNumber((value, power) => (power === null ? null : value ** power))],
  ['min_of', extreme((candidate, best) => candidate < best)],
  ['max_of', extreme((candidate, best) => candidate > best)],
  ['isnan', ofValue((value) => Number.isNaN(value))],
  ['isfinite', ofValue((value) => Number.isFinite(value))],
  ['toint', ofValue(toLong)],
  ['tolong', ofValue(toLong)],
  ['todouble', ofValue(toReal)],
  ['toreal', ofValue(toReal)],
  ['tobool', ofValue(toBool)],
  ['toboolean', ofValue(toBool)],
  ['tostring', tostring],
  ['todatetime', ofValue(toDatetime)],
  ['totimespan', ofValue(toTimespan)],
  ['todynamic', ofValue(toDynamic)],
  ['parse_json', ofValue(toDynamic)],
  ['unixtime_milliseconds_todatetime', ofValue(toReal)],
  ['tolower', ofText((text) => text.toLowerCase())],
  ['toupper', ofText((text) => text.toUpperCase())],
  ['strlen', ofText((text) => text.length)],
  ['isempty', isEmptyText],
  ['isnotempty', isNotEmptyText],
  ['isnull', ofValue((value) => value === null)],
  ['isnotnull', ofValue((value) => value !== null)],
  ['array_length', ofValue((value) => (Array.isArray(value) ? value.length : null))],
  ['not', (call) => not(argument(call, 0))],
  ['iff', conditional],
  ['iif', conditional],
  ['case', caseOf],
  ['coalesce', coalesce],
  ['strcat', strcat],
  ['substring', substring],
  ['split', split],
  ['replace_string', replaceString],
  ['parse_url', ofText(parseUrl)],
  ['hash', hash],
  ['datetime_diff', diff],
  ['startofday', ofStart('day')],
  ['startofweek', ofStart('week')],
  ['startofmonth', ofStart('month')],
  ['startofyear', ofStart('year')],
]);

/** Functions whose value is another for each row whatever their arguments are. */
export function dependsOnRow(name: string): boolean {
  return name === 'ingestion_time';
}
