/** The releases that the picture shows: typical ones, bin by bin. */
import type { ForecastQuestion } from './forecast-result.ts';
import { worldOf } from './forecast-result.ts';
import { type Run, seededDraw, simulate, type TracePoint } from './forecast-simulation.ts';

export interface TracedRun {
  readonly run: Run;
  /** One a bin. */
  readonly points: readonly TracePoint[];
}

/** Odd, so that one of them is in the middle. */
const TRACED = 31;

/** The release whose length is the median of 31. */
export function typicalRun(question: ForecastQuestion, ratio: number): TracedRun {
  const draw = seededDraw(question.seed);
  const world = worldOf(question, ratio);
  const traced = Array.from({ length: TRACED }, (): TracedRun => {
    const points: TracePoint[] = [];
    return { run: simulate(world, draw, (point) => points.push(point)), points };
  });
  const [middle] = traced.toSorted(byEnd).slice((TRACED - 1) / 2);
  if (middle === undefined) throw new TypeError('no release was simulated');
  return middle;
}

/** Those that ended early first; ends of the same length as they were drawn. */
function byEnd(one: TracedRun, other: TracedRun): number {
  return one.run.bins - other.run.bins;
}
