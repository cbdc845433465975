/** The grid's tables, and the same numbers for the file. */
import { alarms, detection, harmCells, type Done, type HarmCell } from './grid-figures.ts';
import type { Kind } from './grid-plan.ts';
import { tunedId } from './grid-task.ts';
import { IDEAS, JUDGES, ORACLES } from './rules/all.ts';
import type { Json, Table } from './scenario.ts';
import { fixed, percent, whole } from './text.ts';

/** A rule at one of its thresholds. */
export interface Row {
  readonly id: string;
  readonly title: string;
}

/** As documented, then with the threshold that gives 1 % false rollback in each cell. */
export const DEFAULT_ROWS: readonly Row[] = [...ORACLES, ...JUDGES, ...IDEAS];
export const TUNED_ROWS: readonly Row[] = JUDGES.filter(({ tuned }) => tuned).map(
  ({ id, title }) => ({ id: tunedId(id), title: `T: ${title.split(',')[0] ?? id}` }),
);
const HARM_ROWS = [...DEFAULT_ROWS, ...TUNED_ROWS];

const NULLS: readonly { readonly kinds: readonly Kind[]; readonly drifting?: boolean }[] = [
  { kinds: ['grid'], drifting: false },
  { kinds: ['grid'], drifting: true },
  { kinds: ['share-off'] },
  { kinds: ['changing'] },
];

export function alarmTable(done: readonly Done[]): Table {
  const cells = NULLS.map((nulls) => alarms(done, 'slipway', nulls).cells);
  return {
    title: 'False rollback within 60 min, mean / max over cells without harm (cells above 1.5 %)',
    head: [
      'rule',
      `stationary, ${cells[0] ?? 0} cells`,
      `drift + incident, ${cells[1] ?? 0}`,
      `share off by 20 %, ${cells[2] ?? 0}`,
      `changing weights, ${cells[3] ?? 0}`,
    ],
    rows: [...JUDGES, ...IDEAS].map(({ id, title }) => [
      title,
      ...NULLS.map((nulls) => {
        const { mean, max, loud } = alarms(done, id, nulls);
        return Number.isNaN(mean) ? '-' : `${percent(mean, 2)} / ${percent(max, 2)} (${loud})`;
      }),
    ]),
    note: 'Share off and changing weights: each stationary and with drift and an incident.',
  };
}

export function alarmData(done: readonly Done[]): Json {
  return Object.fromEntries(
    [...JUDGES, ...IDEAS].map(({ id }) => [
      id,
      Object.fromEntries(
        ['stationary', 'drifting', 'shareOff', 'changingWeights'].map((key, index) => [
          key,
          { ...alarms(done, id, NULLS[index] ?? { kinds: [] }) },
        ]),
      ),
    ]),
  );
}

export function harmTable(cells: readonly HarmCell[], all: number): Table {
  const { steady, drifting } = byWeather(cells);
  return {
    title: `Harm that can be found: O2 finds it within 60 min in 90 % of runs (${steady.length} stationary, ${drifting.length} drifting of ${all} cells)`,
    head: [
      'rule',
      'missed, stationary / drifting',
      'canary requests vs O2: gm, p90',
      'vs O1: gm',
      'failed canary requests vs O2, stationary / drifting',
      'times Slipway’s',
    ],
    rows: HARM_ROWS.map(({ id, title }) => {
      const against = detection(cells, id, 'o2');
      const [calm, rough] = [detection(steady, id, 'o2'), detection(drifting, id, 'o2')];
      return [
        title,
        `${percent(calm.missed)} / ${percent(rough.missed)}`,
        `${fixed(against.requests)}, ${fixed(against.requestsP90)}${timedNote(against)}`,
        fixed(detection(cells, id, 'o1').requests),
        `${fixed(calm.failed)} / ${fixed(rough.failed)}`,
        fixed(detection(cells, id, 'slipway').failed),
      ];
    }),
    note: 'T: the threshold tuned in every cell to 1 % false rollback in both kinds of weather, which needs to know the rates and the incident. (n): median defined in n cells only.',
  };
}

function timedNote({ timed, cells }: { readonly timed: number; readonly cells: number }): string {
  return timed === cells ? '' : ` (${timed})`;
}

export function harmData(cells: readonly HarmCell[]): Json {
  const { steady, drifting } = byWeather(cells);
  const figures = (id: string): Json => ({
    stationary: { ...finite(detection(steady, id, 'o2')) },
    drifting: { ...finite(detection(drifting, id, 'o2')) },
    all: { ...finite(detection(cells, id, 'o2')) },
    requestsAgainstO1: orNull(detection(cells, id, 'o1').requests),
    failedAgainstSlipway: orNull(detection(cells, id, 'slipway').failed),
  });
  return {
    cells: { stationary: steady.length, drifting: drifting.length },
    rules: Object.fromEntries(HARM_ROWS.map(({ id }) => [id, figures(id)])),
  };
}

const EFFECT_ROWS = ['slipway', 'kayenta', 'kayenta:tuned', 'flagger-skipping:tuned'];

export function effectTable(cells: readonly HarmCell[]): Table {
  const effects = [...new Set(cells.map(({ effect }) => effect))];
  const rows = HARM_ROWS.filter(({ id }) => EFFECT_ROWS.includes(id));
  return {
    title: 'The same by harm: missed, failed canary requests vs O2',
    head: ['harm', 'cells', ...rows.map(({ title }) => title.split(',')[0] ?? title)],
    rows: effects.map((effect) => {
      const some = cells.filter((cell) => cell.effect === effect);
      const texts = rows.map(({ id }) => {
        const { missed, failed } = detection(some, id, 'o2');
        return `${percent(missed)}, ${fixed(failed, 1)}`;
      });
      return [effect, String(some.length), ...texts];
    }),
  };
}

/** The examples of statistics.md 5.2. */
const EXAMPLES = [
  { rate: 2_000, share: 0.05, baselineRate: 0.001, effect: '×5' },
  { rate: 2_000, share: 0.05, baselineRate: 0.001, effect: '+5 pp' },
  { rate: 2_000, share: 0.5, baselineRate: 0.001, effect: '×2' },
  { rate: 20_000, share: 0.1, baselineRate: 0.001, effect: '×2' },
  { rate: 20_000, share: 0.1, baselineRate: 0.001, effect: '×5' },
  { rate: 20_000, share: 0.01, baselineRate: 0.0001, effect: '×20' },
  { rate: 20_000, share: 0.1, baselineRate: 0.01, effect: '×2' },
  { rate: 200, share: 0.1, baselineRate: 0.001, effect: '×20' },
] as const;

const EXAMPLE_ROWS = [
  'o2',
  'slipway',
  'flagger',
  'argo',
  'kayenta',
  'flagger-skipping:tuned',
  'z-test:tuned',
];

export function exampleTable(done: readonly Done[]): Table {
  const columns = EXAMPLE_ROWS.flatMap((id) => HARM_ROWS.filter((row) => row.id === id));
  const cells = harmCells(done).filter(({ drifting }) => !drifting);
  const rows = EXAMPLES.flatMap((example): string[][] => {
    const { rate, share, baselineRate, effect } = example;
    const cell = cells.find(
      (one) =>
        one.rate === rate &&
        one.share === share &&
        one.baselineRate === baselineRate &&
        one.effect === effect,
    );
    if (cell === undefined) return [];
    const texts = columns.map(({ id }) => {
      const figures = cell.byRule[id];
      if (figures === undefined) return '-';
      const { found, minutes, failed } = figures;
      return `${(found * 100).toFixed(0)}/${whole(minutes)}/${whole(failed)}`;
    });
    const name = `${whole(rate)}/min, ${percent(share, 0)}, p ${percent(baselineRate, 2)}, ${effect}`;
    return [[name, ...texts]];
  });
  return {
    title: 'Examples, stationary: rolled back (%) / median minutes / mean failed canary requests',
    head: ['cell', ...columns.map(({ title }) => title.split(',')[0] ?? title)],
    rows,
  };
}

function byWeather(cells: readonly HarmCell[]) {
  return {
    steady: cells.filter((cell) => !cell.drifting),
    drifting: cells.filter((cell) => cell.drifting),
  };
}

/** JSON has no NaN. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finite(figures: object): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [
      key,
      typeof value === 'number' ? orNull(value) : null,
    ]),
  );
}
