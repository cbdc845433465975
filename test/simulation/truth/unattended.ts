/** When no instance of the function app ran at all: nobody can take a rule away then. */
import type { Instance } from '../instance.ts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Unattended {
  /** Called whenever a machine freezes or a process dies: notes how long nobody runs from now on. */
  note(): void;
  readonly spans: readonly Span[];
}

type Away = Pick<Instance, 'frozenUntilMs' | 'downUntilMs'>;

export function createUnattended(instances: readonly Away[], now: () => number): Unattended {
  const spans: Span[] = [];
  return {
    spans,
    note: () => {
      const toMs = Math.min(...instances.map(runsFromMs));
      const fromMs = Math.max(now(), spans.at(-1)?.toMs ?? 0);
      if (toMs > fromMs) spans.push({ fromMs, toMs });
    },
  };
}

/** An instance runs again from then on. */
export function runsFromMs({ frozenUntilMs, downUntilMs }: Away): number {
  return Math.max(frozenUntilMs, downUntilMs);
}

/** Milliseconds between two moments that lie in at least one of the spans. */
export function coveredMs(spans: readonly Span[], { fromMs, toMs }: Span): number {
  let covered = 0;
  let untilMs = fromMs;
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const endMs = Math.min(toMs, span.toMs);
    covered += Math.max(0, endMs - Math.max(untilMs, span.fromMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return covered;
}
