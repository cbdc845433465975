/** The figures as Markdown. */
import type { ActiveFigures } from './active.ts';
import type { HistoryStage } from './history.ts';
import type { LimitFigures } from './limits.ts';
import type { ActiveRun } from './run-active.ts';
import type { BurstFigures } from './run-burst.ts';
import type { Found } from './verify.ts';

type Row = readonly (string | number)[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

const one = (value: number): string => value.toFixed(1);

export function activeTable(figures: readonly ActiveFigures[]): string {
  const rows = figures.map((step): Row => [
    step.active,
    `${one(step.ticksPerSecond)} of ${one(step.askedPerSecond)}`,
    one(step.busyTicksPerSecond),
    `${ms(step.tickMs.p50)} / ${ms(step.tickMs.p99)}`,
    `${one(step.lagMs.p50 / 1_000)} / ${one(step.lagMs.p99 / 1_000)}`,
    `${one(step.turnSeconds.median)} / ${one(step.turnSeconds.most)}`,
    one(step.clockSeconds),
    `${one(step.tableRequestsPerTick)} + ${one(step.queueRequestsPerTick)}`,
    `${one(step.armReadsPerSecond)} / ${step.queriesPer30s.toFixed(0)}`,
    `${step.rssMb.start} → ${step.rssMb.end}`,
    `${(step.hostCores * 100).toFixed(0)} %`,
  ]);
  const head = [
    'active',
    'ticks/s done of asked',
    'ticks/s while busy',
    'tick ms p50 / p99',
    'lag s p50 / p99',
    'turn s median / most',
    'clock s',
    'table + queue requests a tick',
    'ARM reads/s / queries per 30 s',
    'host RSS MB',
    'host CPU',
  ];
  return table(head, rows);
}

export function burstTable(burst: BurstFigures, found: Found): string {
  return table(
    ['what', 'figure'],
    [
      ['messages / apps', `${burst.messages} / ${burst.apps}`],
      ['sent in s, worked off in s', `${one(burst.sendSeconds)}, ${one(burst.drainSeconds)}`],
      ['starts/s', one(burst.startsPerSecond)],
      ['start ms p50 / p99', `${ms(burst.startMs.p50)} / ${ms(burst.startMs.p99)}`],
      ['deliveries that failed and came again', burst.repeatedDeliveries],
      [
        'ticks meanwhile, ms p50 / p99',
        `${burst.ticks}, ${ms(burst.tickMs.p50)} / ${ms(burst.tickMs.p99)}`,
      ],
      [
        'releases (rejected), poison records',
        `${found.releases} (${found.rejected}), ${found.poison}`,
      ],
    ],
  );
}

export function foundLine(found: Found): string {
  if (found.problems.length > 0) return `**NOT AS EXPECTED**\n- ${found.problems.join('\n- ')}`;
  return `Nothing lost, nothing doubled: ${found.releases} releases, ${found.auditRows} audit rows in whole chains, ${found.poison} poison records, one write of rules for each app.`;
}

export function readersTable({ figures, ticks }: NonNullable<ActiveRun['readers']>): string {
  const rows = Object.entries(figures.byDoor).map(([door, cost]): Row => [
    door,
    cost.requests,
    `${ms(cost.p50)} / ${ms(cost.p99)}`,
  ]);
  return [
    `${figures.readers} readers, ${figures.requests} requests (${one(figures.perSecond)}/s), ${figures.errors} errors; ${readerTicks(ticks)}`,
    table(['GET', 'requests', 'ms p50 / p99'], rows),
  ].join('\n\n');
}

function readerTicks(ticks: ActiveFigures): string {
  return `ticks meanwhile: ${one(ticks.ticksPerSecond)} of ${one(ticks.askedPerSecond)} a second, p50 / p99 ${ms(ticks.tickMs.p50)} / ${ms(ticks.tickMs.p99)} ms`;
}

export function historyTable(stages: readonly HistoryStage[]): string {
  const names = Object.keys(stages[0]?.calls ?? {});
  const head = [
    'call: ms p50 / p99 (rows walked)',
    ...stages.map(({ finished, rows }) => `${finished} finished, ${rows} rows`),
  ];
  const rows = names.map((name): Row => [
    name,
    ...stages.map(({ calls }) => {
      const cost = calls[name];
      return cost === undefined ? '' : `${ms(cost.p50)} / ${ms(cost.p99)} (${cost.rowsWalked})`;
    }),
  ]);
  return table(head, rows);
}

export function limitsTable(figures: LimitFigures): string {
  return table(
    ['what', 'figure'],
    [
      ['releases in one subscription and one workspace', figures.active],
      [
        'queries asked / refused per 30 s',
        `${figures.queriesPer30s.toFixed(0)} / ${figures.queriesRefusedPer30s.toFixed(0)}`,
      ],
      [
        'age of the newest counts at the end, s: median / oldest',
        `${figures.countsAgeSeconds.median.toFixed(0)} / ${figures.countsAgeSeconds.most.toFixed(0)} (never: ${figures.neverCounted})`,
      ],
      [
        'ARM reads/s asked / refused',
        `${one(figures.armReadsPerSecond)} / ${one(figures.armRefusedPerSecond)}`,
      ],
      [
        'age of the newest rules at the end, s: median / oldest',
        `${figures.rulesAgeSeconds.median.toFixed(0)} / ${figures.rulesAgeSeconds.most.toFixed(0)}`,
      ],
      [
        'ticks/s, tick ms p50 / p99',
        `${one(figures.ticks.ticksPerSecond)}, ${ms(figures.ticks.tickMs.p50)} / ${ms(figures.ticks.tickMs.p99)}`,
      ],
    ],
  );
}
