/** What every part of the bench takes and gives back. */

export interface ScenarioOptions {
  /** A subset that takes seconds. As deterministic as the whole. */
  readonly quick: boolean;
  /** Threads that may be used; results must not depend on it. */
  readonly workers: number;
  /** Progress, for people. */
  readonly say: (line: string) => void;
}

export type Reached = 'stretch' | 'must' | 'no';

/** One figure that issue 4 sets a limit for. All texts are for people. */
export interface Goal {
  readonly figure: string;
  readonly must: string;
  /** Empty: there is none. */
  readonly stretch: string;
  readonly value: string;
  readonly reached: Reached;
  /** Why it is not reached, or under which conditions it is. */
  readonly note?: string;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note?: string;
}

/** Plain JSON: what the tables show, unrounded. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface ScenarioResult {
  readonly goals: readonly Goal[];
  readonly tables: readonly Table[];
  /** For docs/benchmarks/judge.json: seeds, runs and figures. No times, paths or names of machines. */
  readonly data: Json;
  /** Charts for docs/images. */
  readonly pictures?: readonly Picture[];
}

export interface Picture {
  /** Its file name, `judge.svg`. */
  readonly name: string;
  readonly svg: string;
}

export interface Scenario {
  readonly name: string;
  readonly run: (options: ScenarioOptions) => ScenarioResult | Promise<ScenarioResult>;
}

/** Limits of a figure that is good when it is small (`atMost`) or when it is large (`atLeast`). */
export interface Limits {
  readonly must: number;
  readonly stretch?: number | undefined;
}

export function atMost(value: number, { must, stretch = -Infinity }: Limits): Reached {
  if (value <= stretch) return 'stretch';
  return value <= must ? 'must' : 'no';
}

export function atLeast(value: number, { must, stretch = Infinity }: Limits): Reached {
  if (value >= stretch) return 'stretch';
  return value >= must ? 'must' : 'no';
}

/** What several figures in one row have reached together: the least of them. */
export function together(parts: readonly Reached[]): Reached {
  if (parts.includes('no')) return 'no';
  return parts.includes('must') ? 'must' : 'stretch';
}
