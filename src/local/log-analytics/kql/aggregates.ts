import { numberOf, truthOf } from './comparisons.ts';
import { countGroups, groupsOnlyIf, sumGroups } from './group-counts.ts';
import type { GroupedAccumulator } from './group-counts.ts';
import { keyOf } from './grouping.ts';
import { semanticError } from './query-error.ts';
import { constantExpr } from './relation.ts';
import type { Expr, Row } from './relation.ts';
import type { KqlType, Value } from './values.ts';

/** Collects the rows of one group. `results` has as many values as the aggregate has columns. */
export interface Accumulator {
  add(row: Row): void;
  results(): readonly Value[];
}

/** A compiled aggregate call: makes one accumulator a group. */
export interface Aggregate {
  readonly types: readonly KqlType[];
  readonly create: () => Accumulator;
  /** One accumulator for all groups, for the aggregates that have such. */
  readonly createGrouped?: () => GroupedAccumulator;
}

/** What an aggregate compiles from; `type` is the binder's for the call. */
export interface AggregateCall {
  readonly args: readonly Expr[];
  readonly type: KqlType;
}

type AggregateCompiler = (call: AggregateCall) => Aggregate;

const NULL_EXPR = constantExpr('dynamic', null);

function argument(call: AggregateCall, index: number): Expr {
  return call.args[index] ?? NULL_EXPR;
}

/** Wraps the aggregate so that only rows with a true condition reach it. */
function onlyIf(aggregate: Aggregate, condition: Expr): Aggregate {
  const { createGrouped } = aggregate;
  return {
    types: aggregate.types,
    ...(createGrouped === undefined
      ? {}
      : { createGrouped: () => groupsOnlyIf(createGrouped(), condition) }),
    create: () => {
      const inner = aggregate.create();
      return {
        add: (row) => {
          if (truthOf(condition.read(row)) === true) {
            inner.add(row);
          }
        },
        results: () => inner.results(),
      };
    },
  };
}

/** The `…if` form of an aggregate: its last argument is the condition. */
function conditional(compiler: AggregateCompiler, conditionAt: number): AggregateCompiler {
  return (call) => onlyIf(compiler(call), argument(call, conditionAt));
}

const count: AggregateCompiler = () => ({
  types: ['long'],
  createGrouped: countGroups,
  create: () => {
    let rows = 0;
    return {
      add: () => {
        rows += 1;
      },
      results: () => [rows],
    };
  },
});

function ofNumbers(call: AggregateCall, create: () => NumberAccumulator): Aggregate {
  const { read } = argument(call, 0);
  return {
    types: [call.type],
    create: () => {
      const inner = create();
      return {
        add: (row) => {
          const value = numberOf(read(row));
          if (value !== null) {
            inner.add(value);
          }
        },
        results: () => [inner.result()],
      };
    },
  };
}

interface NumberAccumulator {
  add(value: number): void;
  result(): Value;
}

const sum: AggregateCompiler = (call) => ({
  ...ofNumbers(call, () => {
    let total = 0;
    return {
      add: (value) => {
        total += value;
      },
      result: () => total,
    };
  }),
  createGrouped: () => sumGroups(argument(call, 0)),
});

/** avg() of nothing is NaN, as in Kusto: it divides by zero. */
const avg: AggregateCompiler = (call) =>
  ofNumbers(call, () => {
    let total = 0;
    let seen = 0;
    return {
      add: (value) => {
        total += value;
        seen += 1;
      },
      result: () => total / seen,
    };
  });

function precedes(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    return a < b;
  }
  return (numberOf(a) ?? NaN) < (numberOf(b) ?? NaN);
}

type Better = (candidate: Value, best: Value) => boolean;
const smaller: Better = (candidate, best) => precedes(candidate, best);
const larger: Better = (candidate, best) => precedes(best, candidate);

function extreme(better: Better): AggregateCompiler {
  return (call) => {
    const { read } = argument(call, 0);
    return {
      types: [call.type],
      create: () => {
        let best: Value = null;
        return {
          add: (row) => {
            const value = read(row);
            if (value !== null && (best === null || better(value, best))) {
              best = value;
            }
          },
          results: () => [best],
        };
      },
    };
  };
}

/** arg_max(), arg_min(): the row with the extreme first argument gives all the values. */
function extremeRow(better: Better): AggregateCompiler {
  return (call) => {
    const { read } = argument(call, 0);
    return {
      types: call.args.map(({ type }) => type),
      create: () => {
        let bestRow: Row | undefined;
        let best: Value = null;
        return {
          add: (row) => {
            const value = read(row);
            if (
              bestRow === undefined ||
              (value !== null && (best === null || better(value, best)))
            ) {
              bestRow = row;
              best = value;
            }
          },
          results: () => call.args.map((arg) => (bestRow === undefined ? null : arg.read(bestRow))),
        };
      },
    };
  };
}

const takeAny: AggregateCompiler = (call) => ({
  types: call.args.map(({ type }) => type),
  create: () => {
    let taken: Row | undefined;
    return {
      add: (row) => {
        taken ??= row;
      },
      results: () => {
        const row = taken;
        return call.args.map((arg) => (row === undefined ? null : arg.read(row)));
      },
    };
  },
});

/** Distinct values, nulls left out. dcount() counts exactly here; Azure estimates it. */
function distinct(
  limit: (call: AggregateCall) => number,
  result: (set: Map<Value, Value>) => Value,
) {
  return (call: AggregateCall): Aggregate => {
    const { read } = argument(call, 0);
    const most = limit(call);
    return {
      types: [call.type],
      create: () => {
        const seen = new Map<Value, Value>();
        return {
          add: (row) => {
            const value = read(row);
            if (value !== null && seen.size < most) {
              seen.set(keyOf(value), value);
            }
          },
          results: () => [result(seen)],
        };
      },
    };
  };
}

const dcount = distinct(
  () => Infinity,
  (seen) => seen.size,
);
/** Kusto's own limit for make_set() and make_list(). */
const MAX_SET_SIZE = 1_048_576;

function sizeArgument(call: AggregateCall): number {
  const { constant } = argument(call, 1);
  return constant === undefined ? MAX_SET_SIZE : (numberOf(constant.value) ?? MAX_SET_SIZE);
}

const makeSet = distinct(sizeArgument, (seen) => [...seen.values()]);

const makeList: AggregateCompiler = (call) => {
  const { read } = argument(call, 0);
  const most = sizeArgument(call);
  return {
    types: [call.type],
    create: () => {
      const values: Value[] = [];
      return {
        add: (row) => {
          const value = read(row);
          if (value !== null && values.length < most) {
            values.push(value);
          }
        },
        results: () => [values],
      };
    },
  };
};

function percentOf(expr: Expr): number {
  const percent = expr.constant === undefined ? null : numberOf(expr.constant.value);
  if (percent === null || percent < 0 || percent > 100) {
    throw semanticError('SEM0025', 'percentile(): the percent must be a constant from 0 to 100');
  }
  return percent;
}

/** Nearest rank over the exact values; Azure estimates percentiles of large groups. */
function percentilesOf(sorted: Float64Array, percents: readonly number[]): readonly Value[] {
  return percents.map((percent) => {
    // The tolerance is for percents that doubles do not hit: 99.9 % of 1000 is rank 999, not 1000.
    const rank = Math.max(1, Math.ceil((percent * sorted.length) / 100 - 1e-9));
    return sorted[rank - 1] ?? null;
  });
}

const percentiles: AggregateCompiler = (call) => {
  const value = argument(call, 0);
  const percents = call.args.slice(1).map(percentOf);
  return {
    types: percents.map(() => value.type),
    create: () => {
      const values: number[] = [];
      return {
        add: (row) => {
          const number = numberOf(value.read(row));
          if (number !== null) {
            values.push(number);
          }
        },
        results: () => percentilesOf(Float64Array.from(values).sort(), percents),
      };
    },
  };
};

/** Aggregate functions by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateCompiler> = new Map([
  ['count', count],
  ['countif', conditional(count, 0)],
  ['sum', sum],
  ['sumif', conditional(sum, 1)],
  ['avg', avg],
  ['avgif', conditional(avg, 1)],
  ['min', extreme(smaller)],
  ['minif', conditional(extreme(smaller), 1)],
  ['max', extreme(larger)],
  ['maxif', conditional(extreme(larger), 1)],
  ['dcount', dcount],
  ['dcountif', conditional(dcount, 1)],
  ['count_distinct', dcount],
  ['count_distinctif', conditional(dcount, 1)],
  ['percentile', percentiles],
  ['percentiles', percentiles],
  ['make_set', makeSet],
  ['make_list', makeList],
  ['arg_max', extremeRow(larger)],
  ['arg_min', extremeRow(smaller)],
  ['take_any', takeAny],
  ['any', takeAny],
]);
