/** What the show found out, for programs: `--json` and the exit code. */
import { verifyChain } from '../../release/chain.ts';
import type { ChainCheck } from '../../release/chain.ts';
import type { ShownRelease, ShownRow } from './slipway-api.ts';

/** A release that was followed to its end. */
export interface PlayedRelease {
  readonly id: string;
  readonly version: string;
  readonly phase: string;
  /** Percents of production's visitors that the version had, one after the other. */
  readonly weights: readonly number[];
  readonly chain: ChainCheck;
}

export interface ShowSummary {
  readonly releases: readonly {
    readonly id: string;
    readonly version: string;
    readonly phase: string;
    readonly weights: readonly number[];
    readonly transitions: number;
    readonly auditVerified: boolean;
  }[];
  readonly seconds: number;
}

export function playedRelease(release: ShownRelease, rows: readonly ShownRow[]): PlayedRelease {
  const { id, version, phase, sequence, chainHead } = release;
  const expected = { releaseId: id, sequence, head: chainHead };
  return {
    id,
    version,
    phase,
    weights: weightsOf(rows),
    chain: verifyChain(
      rows.map(({ row }) => row),
      expected,
    ),
  };
}

/** Each share once, as they followed each other; the 0 before the first is left out. */
export function weightsOf(rows: readonly ShownRow[]): readonly number[] {
  const weights: number[] = [];
  for (const { body } of rows) {
    const weight = shareAfter(body);
    if (weight !== (weights.at(-1) ?? 0)) weights.push(weight);
  }
  return weights;
}

/** Percent of production's visitors after a transition: from the proven swap on all, which no rule says. */
export function shareAfter({ to, weight }: Pick<ShownRow['body'], 'to' | 'weight'>): number {
  return weight.share ?? (/^(watching|succeeded)/.test(to) ? 100 : weight.confirmed);
}

export function summarise(played: readonly PlayedRelease[], elapsedMs: number): ShowSummary {
  return {
    releases: played.map(({ id, version, phase, weights, chain }) => ({
      id,
      version,
      phase,
      weights,
      transitions: chain.ok ? chain.rows : chain.sequence - 1,
      auditVerified: chain.ok,
    })),
    seconds: Math.round(elapsedMs / 100) / 10,
  };
}

/** The good version was promoted, the failing one taken back, and nobody touched the audit. */
export function wentAsItShould(played: readonly PlayedRelease[]): boolean {
  const [good, failing, ...more] = played;
  return (
    more.length === 0 &&
    good?.phase === 'succeeded' &&
    failing?.phase === 'rolled-back' &&
    good.chain.ok &&
    failing.chain.ok
  );
}
