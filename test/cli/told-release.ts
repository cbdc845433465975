// A release in the middle of its ramp with everything that a person can be told, and its audit.
import type { AuditBody, AuditRow } from '../../src/release/audit.ts';
import { CHAIN_START, sealRow } from '../../src/release/chain.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import { AT, freshAppKey, MINUTE_MS, sampleRelease } from '../support/store-samples.ts';

export const CI = {
  name: 'ada',
  run: 'https://github.com/contoso/shop/actions/runs/7/attempts/1',
  commit: '4f2a9c1',
  claimed: true,
};

const RAMPING: Stage = {
  phase: 'ramping',
  step: 1,
  since: AT + 12 * MINUTE_MS,
  confirmedAt: AT + 12 * MINUTE_MS,
  patienceFrom: AT + 12 * MINUTE_MS,
};

export function toldRelease(change: Partial<Release> = {}): Release {
  return sampleRelease(freshAppKey(), {
    target: {
      subscriptionId: '11111111-1111-1111-1111-111111111111',
      resourceGroup: 'rg-shop',
      site: 'shop-web',
    },
    baseline: '2.3.9',
    requestedBy: CI,
    stage: RAMPING,
    reason: 'baking',
    message: '25 % is confirmed since 12:12 UTC; judged until 12:22, then certified or not',
    weight: 25,
    wantedWeight: 25,
    sequence: 9,
    verdict: {
      at: AT + 16 * MINUTE_MS,
      outcome: 'undecided',
      sentence:
        'Canary 2.4.0 fails 0.28 % of requests, baseline 0.24 %; undecided: evidence of harm is 2.1 of 100, of safety 8 of 20; about 3,100 more canary requests, about 12 min at the present traffic, until it can be decided',
      harm: Math.log(2.1),
      harmThreshold: Math.log(100),
      certify: Math.log(8),
      certifyThreshold: Math.log(20),
      canary: { requests: 4_210, failures: 12 },
      baseline: { requests: 12_301, failures: 30 },
      ratio: { low: 0.51, high: 2.34 },
      outlook: { requests: 3_100, bins: 12 },
    },
    ...change,
  });
}

/** After harm: taken back, with where it hurt. */
export function rolledBack(): Release {
  return toldRelease({
    stage: { phase: 'rolled-back', at: AT + 20 * MINUTE_MS },
    reason: 'harm',
    message: 'The baseline serves all production again',
    weight: 0,
    wantedWeight: 0,
    sequence: 14,
    hurts: {
      tries: 1,
      differences: [
        {
          kind: 'operation',
          name: 'GET /pay | cart',
          canary: { n: 40, x: 12 },
          baseline: { n: 300, x: 1 },
        },
        {
          kind: 'exception',
          name: 'TimeoutError',
          canary: { n: 4_210, x: 11 },
          baseline: { n: 12_301, x: 0 },
        },
      ],
    },
  });
}

type Told = Pick<AuditBody, 'action' | 'to' | 'reason' | 'message'> & {
  readonly minute: number;
  readonly share: number;
  readonly by?: AuditBody['actor'];
};

const WAY: readonly Told[] = [
  {
    action: 'created',
    to: 'queued',
    reason: 'created',
    message: 'Waiting for the first tick',
    minute: 0,
    share: 0,
    by: { kind: 'claimed', name: 'ada', objectId: undefined },
  },
  {
    action: 'phase-changed',
    to: 'preflight',
    reason: 'preflight-running',
    message: 'Checks are running',
    minute: 0,
    share: 0,
  },
  {
    action: 'phase-changed',
    to: 'ramping 1/3',
    reason: 'preflight-passed',
    message: 'All checks passed',
    minute: 1,
    share: 0,
  },
  {
    action: 'intent-decided',
    to: 'ramping 1/3',
    reason: 'weight-pending',
    message: '5 % is asked for',
    minute: 1,
    share: 0,
  },
  {
    action: 'intent-confirmed',
    to: 'ramping 1/3',
    reason: 'baking',
    message: '5 % is read back',
    minute: 1,
    share: 5,
  },
  {
    action: 'step-changed',
    to: 'ramping 2/3',
    reason: 'certified',
    message: 'Canary 2.4.0 fails 0.2 % of requests, baseline 0.24 %; certified',
    minute: 12,
    share: 5,
  },
  {
    action: 'intent-decided',
    to: 'ramping 2/3',
    reason: 'weight-pending',
    message: '25 % is asked for',
    minute: 12,
    share: 5,
  },
  {
    action: 'intent-confirmed',
    to: 'ramping 2/3',
    reason: 'baking',
    message: '25 % is read back',
    minute: 12,
    share: 25,
  },
  {
    action: 'command-accepted',
    to: 'ramping 2/3',
    reason: 'operator',
    message: 'resume: "lunch is over"',
    minute: 13,
    share: 25,
    by: { kind: 'operator', name: 'grace', objectId: undefined },
  },
  {
    action: 'phase-changed',
    to: 'rolling-back',
    reason: 'harm',
    message:
      'Canary 2.4.0 fails 30 % of requests, baseline 0.24 %; the chance of evidence this strong from a harmless canary is below 1 in 9,100',
    minute: 18,
    share: 25,
  },
  {
    action: 'intent-decided',
    to: 'rolling-back',
    reason: 'going-back',
    message: 'The rule is removed',
    minute: 18,
    share: 25,
  },
  {
    action: 'intent-confirmed',
    to: 'rolling-back',
    reason: 'going-back',
    message: 'No rule is read back',
    minute: 18,
    share: 0,
  },
  {
    action: 'harm-explained',
    to: 'rolling-back',
    reason: 'going-back',
    message: 'It hurts at GET /pay',
    minute: 19,
    share: 0,
  },
  {
    action: 'phase-changed',
    to: 'rolled-back',
    reason: 'baseline-restored',
    message: 'The baseline serves all production again',
    minute: 20,
    share: 0,
  },
];

/** The rows of its audit up to `sequence`, a true chain. */
export function toldRows({ id, sequence }: Pick<Release, 'id' | 'sequence'>): readonly AuditRow[] {
  const rows: AuditRow[] = [];
  for (const [index, told] of WAY.slice(0, sequence).entries()) {
    const {
      minute,
      share,
      by = { kind: 'system', name: 'slipway', objectId: undefined },
      ...rest
    } = told;
    const body: AuditBody = {
      ...rest,
      releaseId: id,
      sequence: index + 1,
      at: new Date(AT + minute * MINUTE_MS + index * 1_000).toISOString(),
      actor: by,
      from: WAY[index - 1]?.to ?? '',
      weight: { confirmed: share, wanted: share, share },
      facts: {},
    };
    rows.push(sealRow(body, rows.at(-1)?.hash ?? CHAIN_START));
  }
  return rows;
}
