// The gate of every phase, and that `failed` stays.
import { describe, expect, it } from 'vitest';

import { certifiedSteps, gateOf, GATES } from '../../src/release/gate.ts';
import type { Phase, Stage, Suspect } from '../../src/release/release.ts';
import { NOW, sampleRelease, STAGES } from '../support/release-samples.ts';

const status = (stage: Stage, certified = 0): Record<string, string> =>
  Object.fromEntries(
    GATES.map((kind) => [kind, gateOf(sampleRelease(stage), kind, { certified }).status]),
  );
const gates = (promoted: string, certified: string, finished: string) => ({
  ...{ promoted, certified, finished },
});
const NOTHING = gates('pending', 'pending', 'pending');
const OVER = gates('failed', 'failed', 'failed');

/** With all three steps certified. */
const EXPECTED: Readonly<Record<Phase, ReturnType<typeof gates>>> = {
  queued: NOTHING,
  preflight: NOTHING,
  ramping: NOTHING,
  promoting: NOTHING,
  watching: gates('successful', 'successful', 'pending'),
  succeeded: gates('successful', 'successful', 'successful'),
  paused: NOTHING,
  'rolling-back': OVER,
  'rolled-back': OVER,
  aborted: OVER,
  rejected: OVER,
  failed: OVER,
};

describe('a gate', () => {
  it.each(Object.values(STAGES))('of a release that is $phase', (stage) => {
    expect(status(stage, 3)).toEqual(EXPECTED[stage.phase]);
  });

  it('stays open while the watch is paused', () => {
    const paused = {
      phase: 'paused',
      since: NOW,
      from: STAGES.watching,
      found: undefined,
    } as const;
    expect(status(paused, 3)).toEqual(gates('successful', 'successful', 'pending'));
  });

  it('closes again while the watch is paused because somebody else swapped', () => {
    const found: Suspect = {
      kind: 'swapped-elsewhere',
      ...{ since: NOW, seen: 'x', ownWeight: 0, foreignRules: [] },
      volumes: 'baseline-in-production',
    };
    const paused = { phase: 'paused', since: NOW, from: STAGES.watching, found } as const;
    expect(status(paused, 3)).toEqual(NOTHING);
  });

  it('says that a person is needed where one is', () => {
    expect(gateOf(sampleRelease(STAGES.paused), 'promoted', undefined).message).toContain(
      'a person has to resume it',
    );
  });

  it('says the phase, the reason and the message of the release', () => {
    const patch = { reason: 'baking', message: 'so far so good' } as const;
    const gate = gateOf(sampleRelease(STAGES.ramping, patch), 'promoted', undefined);
    expect(gate).toEqual({
      status: 'pending',
      reason: 'baking',
      message: 'ramping: so far so good',
    });
  });
});

describe('a gate for certified', () => {
  const ramping = (step: number): Stage => ({ ...STAGES.ramping, step });

  it.each([
    [ramping(0), 0, 'pending'],
    [ramping(1), 1, 'pending'],
    [ramping(1), 0, 'failed'],
    [ramping(2), 1, 'failed'],
    [STAGES.promoting, 3, 'pending'],
    [STAGES.promoting, 2, 'failed'],
    [STAGES.watching, 3, 'successful'],
    [STAGES.watching, 2, 'failed'],
    [STAGES.succeeded, 0, 'failed'],
  ] as const)('of %j with %i steps certified is %s', (stage, certified, expected) => {
    const gate = gateOf(sampleRelease(stage), 'certified', { certified });
    expect(gate.status).toBe(expected);
    if (expected === 'failed') expect(gate.reason).toBe('not-certified');
  });

  it('says of a plan without steps what to ask for', () => {
    const gate = gateOf(sampleRelease(STAGES.queued, { steps: [] }), 'certified', { certified: 0 });
    expect(gate).toMatchObject({ status: 'failed', reason: 'not-certified' });
    expect(gate.message).toContain('ask for promoted');
  });
});

describe('the steps that were certified', () => {
  const row = (body: unknown): { body: string } => ({
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  it('are those that were left by the judge, whatever else the audit says', () => {
    const rows = [
      row({ action: 'phase-changed', reason: 'preflight-passed' }),
      row({ action: 'step-changed', reason: 'certified' }),
      row({ action: 'intent-decided', reason: 'certified' }),
      row({ action: 'step-changed', reason: 'not-certified' }),
      row({ action: 'phase-changed', reason: 'operator' }),
      row({ action: 'phase-changed', reason: 'certified' }),
      row('not JSON'),
      row('null'),
    ];
    expect(certifiedSteps(rows)).toEqual({ certified: 2 });
  });
});
