/** In which step each bin was judged, as the audit tells it: the release itself knows only its present step. */
import type { AuditRow } from './audit.ts';
import type { Plan } from './plan.ts';

/** Bins that start at or after `fromMs` were judged in this step, until the next span. */
export interface StepSpan {
  /** Milliseconds since the epoch; -Infinity: from the first bin on. */
  readonly fromMs: number;
  /** Index in the plan; null: no step (blue-green, promoting, the watch). */
  readonly step: number | null;
}

/**
 * Spans that are known, with what more rows say. A row that leaves a step says up to where bins were final
 * when it was decided: those were judged in the step that ends. An operator's row does not say it: then it is
 * what the plan's `settle` makes of its time, which a slow telemetry can move by a few bins.
 * @param rows ascending, the ones that follow those of `known`
 */
export function stepSpans(
  known: readonly StepSpan[],
  rows: readonly AuditRow[],
  { analysis }: Pick<Plan, 'analysis'>,
): readonly StepSpan[] {
  const spans = [...known];
  for (const row of rows) {
    const { to, finalTo } = readRow(row);
    const step = stepIn(to);
    const last = spans.at(-1);
    if (to === undefined || step === (last?.step ?? null)) continue;
    const fromMs = Math.max(finalTo ?? row.at - analysis.settleMs, last?.fromMs ?? -Infinity);
    spans.push({ fromMs, step });
  }
  return spans;
}

/** Null before the first span: nothing is to be certified there. */
export function stepAt(spans: readonly StepSpan[], startMs: number): number | null {
  return spans.findLast(({ fromMs }) => fromMs <= startMs)?.step ?? null;
}

/** `ramping 2/3`, `paused (ramping 2/3)`: as `describeStage` writes it. */
function stepIn(stage: string | undefined): number | null {
  const number = /\bramping (\d+)\//.exec(stage ?? '')?.[1];
  return number === undefined ? null : Number(number) - 1;
}

/** A row that cannot be read says nothing; whether it is damaged is for the verification to say. */
function readRow({ body }: AuditRow): { readonly to?: string; readonly finalTo?: number } {
  const row = parsed(body);
  const finalTo = Date.parse(text(record(record(row.facts).watermark).finalTo) ?? '');
  const to = text(row.to);
  return {
    ...(to === undefined ? {} : { to }),
    ...(Number.isFinite(finalTo) ? { finalTo } : {}),
  };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(body));
  } catch {
    return {};
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
