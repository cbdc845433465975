// One valid release and one valid audit row, of which each test changes what it is about.
import type { AuditBody } from '../../../src/release/audit.ts';
import { CHAIN_START, sealRow } from '../../../src/release/chain.ts';
import type { ShownRelease, ShownRow } from '../../../src/local/show/slipway-api.ts';

export const STARTED_AT = '2026-01-02T03:04:00.000Z';

export const VERDICT: NonNullable<ShownRelease['verdict']> = {
  outcome: 'undecided',
  harm: 0,
  harmThreshold: Math.log(100),
  certify: Math.log(8),
  certifyThreshold: Math.log(20),
  canary: { requests: 82, failures: 1 },
  baseline: { requests: 1_957, failures: 2 },
};

export function release(change: Partial<ShownRelease> = {}): ShownRelease {
  return {
    id: 'e02c3cea13e8c3f8f373-e5df9ca783b86ae7d99',
    version: '2.0.0',
    baseline: '1.0.0',
    phase: 'ramping',
    finished: false,
    reason: 'baking',
    message: 'baking',
    weights: { confirmed: 10, wanted: 10 },
    verdict: VERDICT,
    sequence: 0,
    chainHead: CHAIN_START,
    createdAt: STARTED_AT,
    ...change,
  };
}

const isPromoted = (stage: string): boolean => /^(watching|succeeded)/.test(stage);

/** Rows of one release as the API gives them, chained; `to` and the confirmed weight of each. */
export function rows(stages: readonly (readonly [to: string, weight: number])[]): ShownRow[] {
  let head = CHAIN_START;
  return stages.map(([to, weight], index) => {
    const body: AuditBody = {
      releaseId: release().id,
      sequence: index + 1,
      at: STARTED_AT,
      action: 'phase-changed',
      actor: { kind: 'system', name: 'slipway', objectId: undefined },
      from: 'queued',
      to,
      reason: 'baking',
      message: `now ${to}`,
      weight: { confirmed: weight, wanted: weight, share: isPromoted(to) ? 100 : weight },
      facts: {},
    };
    const row = sealRow(body, head);
    head = row.hash;
    return { body: { ...body }, row };
  });
}
