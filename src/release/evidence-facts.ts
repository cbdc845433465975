import type { Bin, Tally } from '../judge/types.ts';
import type { Judged } from './assess.ts';
import { cut } from './audit-size.ts';
import type { Facts } from './facts.ts';
import { sha256 } from './hash.ts';
import type { Release } from './release.ts';

const PROVISIONAL_CHARS = 4_000;

/**
 * The evidence as an audit row keeps it: counts, e-values with their thresholds, watermarks, a hash of
 * the bins so far, and the query with its answer (cut at 8K characters, the whole answer hashed), so
 * that the verdict can be computed again and nobody can later say it was otherwise.
 */
export function evidenceFacts(
  release: Release,
  judged: Judged,
  facts: Facts,
): Readonly<Record<string, unknown>> {
  const { verdict, bins } = judged;
  const probes = facts.probes === undefined ? {} : { probes: facts.probes };
  if (verdict === undefined) return probes;
  return {
    ...probes,
    verdict: {
      outcome: verdict.outcome,
      sentence: verdict.sentence,
      evidence: finiteOnly(verdict.evidence),
    },
    watermark: { finalTo: iso(release.finalTo), provisionalTo: iso(release.provisionalTo) },
    bins: {
      count: bins.length,
      hash: binsHash(bins.filter((bin) => bin.final)),
      // Not stored anywhere else: one line a bin, as `binLine` writes it.
      provisional: cut(binsText(bins.filter((bin) => !bin.final)), PROVISIONAL_CHARS),
    },
    late: release.late,
    // With the plan and the bins, all that the verdict was made of.
    dispersion: release.dispersion,
    ceilings: release.ceilings,
    ...(facts.telemetry?.kind === 'ok'
      ? {
          query: cut(facts.telemetry.query),
          answer: cut(facts.telemetry.answer),
          answerHash: sha256(facts.telemetry.answer),
        }
      : {}),
  };
}

/** JSON has no infinities; a threshold never reached from minus infinity is worth saying as text. */
export function finiteOnly(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(finiteOnly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, finiteOnly(part)]));
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Hash over the frozen bins, field by field, so that the stored ones can be compared. */
export function binsHash(bins: readonly Bin[]): string {
  return sha256(binsText(bins));
}

function binsText(bins: readonly Bin[]): string {
  return bins.map(binLine).join('\n');
}

/**
 * `startMs,canary,baseline` with three counts each; then of each metric `|canary,baseline` with its
 * chances and what was bad by each measure (`n/x/x`), or `|-` where it was not measured.
 */
function binLine({ startMs, canary: c, baseline: b, more = [] }: Bin): string {
  const counts = [startMs, c.requests, c.failures, c.items, b.requests, b.failures, b.items];
  const metrics = more.map((metric) =>
    metric === null ? '-' : `${tallyText(metric.canary)},${tallyText(metric.baseline)}`,
  );
  return [counts.join(','), ...metrics].join('|');
}

function tallyText({ n, x }: Tally): string {
  return [n, ...x].join('/');
}
