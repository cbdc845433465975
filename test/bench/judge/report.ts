/** What the bench prints, and the file it writes. */
import Table from 'cli-table3';

import type { Goal, Json, Reached, ScenarioResult, Table as FigureTable } from './scenario.ts';

/** A part of the bench that has run. */
export interface Part {
  readonly name: string;
  readonly result: ScenarioResult;
}

/** Lines and borders as in the command line's own tables; no colour: the output is kept in files. */
const STYLE = { head: [], border: [], compact: true };

const REACHED: Readonly<Record<Reached, string>> = { stretch: 'stretch', must: 'yes', no: 'NO' };

export function tableText({ title, head, rows, note }: FigureTable): string {
  const table = new Table({ style: STYLE, head: [...head], wordWrap: false });
  for (const row of rows) table.push([...row]);
  return [title, table.toString(), ...(note === undefined ? [] : [note])].join('\n');
}

export function goalsText(goals: readonly Goal[]): string {
  return tableText({
    title: 'Goals',
    head: ['figure', 'must', 'stretch', 'value', 'reached'],
    rows: goals.map(({ figure, must, stretch, value, reached }) => [
      figure,
      must,
      stretch,
      value,
      REACHED[reached],
    ]),
    note: goals
      .flatMap(({ figure, note }) => (note === undefined ? [] : [`  ${figure}: ${note}`]))
      .join('\n'),
  });
}

export interface FileOptions {
  readonly parts: readonly Part[];
  readonly quick: boolean;
  /** Said by who runs it; left out, the file has none, so that the same run gives the same file. */
  readonly date: string | undefined;
  readonly node: string;
}

/** The text of docs/benchmarks/judge.json. */
export function fileText({ parts, quick, date, node }: FileOptions): string {
  const content: Record<string, Json> = {
    bench: 'npm run bench:judge',
    node,
    quick,
    ...(date === undefined ? {} : { date }),
    goals: parts.flatMap(({ name, result }) =>
      result.goals.map((goal) => ({ part: name, ...goal }) satisfies Json),
    ),
  };
  for (const { name, result } of parts) content[name] = result.data;
  return `${JSON.stringify(content, (_, value: unknown) => rounded(value), 2)}\n`;
}

/** Six digits: more would show differences between the math libraries of processors. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
