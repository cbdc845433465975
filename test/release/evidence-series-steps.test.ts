// Which step a bin was judged in is read from the audit.
import { describe, expect, it } from 'vitest';

import type { AuditRow } from '../../src/release/audit.ts';
import { stepAt, stepSpans } from '../../src/release/evidence-series-steps.ts';
import { sealRow } from '../../src/release/chain.ts';
import { NOW, samplePlan } from '../support/release-samples.ts';

const MINUTE_MS = 60_000;
const plan = samplePlan();
const SETTLE_MS = plan.analysis.settleMs;

function row(minute: number, to: string, facts: Readonly<Record<string, unknown>> = {}): AuditRow {
  const at = new Date(NOW + minute * MINUTE_MS).toISOString();
  const body = { ...{ releaseId: 'one', sequence: minute + 1, at }, ...{ to, facts } };
  return sealRow(body, '');
}

function decided(minute: number, to: string, finalTo: number): AuditRow {
  return row(minute, to, { watermark: { finalTo: new Date(finalTo).toISOString() } });
}

const WAY = [
  row(0, 'queued'),
  row(1, 'preflight'),
  row(2, 'ramping 1/3'),
  row(3, 'ramping 1/3'),
  decided(20, 'ramping 2/3', NOW + 12 * MINUTE_MS),
  row(25, 'paused (ramping 2/3)'),
  row(27, 'ramping 2/3'),
  // An operator's row: it does not say up to where bins were final.
  row(30, 'ramping 3/3'),
  decided(50, 'promoting', NOW + 44 * MINUTE_MS),
  row(52, 'watching'),
];

describe('the steps of the bins', () => {
  it('end where bins were final when the step was left', () => {
    const spans = stepSpans([], WAY, plan);
    const steps = [3, 11, 12, 24, 25, 43, 44, 60].map((minute) =>
      stepAt(spans, NOW + minute * MINUTE_MS),
    );
    expect(SETTLE_MS).toBe(5 * MINUTE_MS);
    expect(steps).toEqual([0, 0, 1, 1, 2, 2, null, null]);
  });

  it('are the same however many rows are read at once', () => {
    const whole = stepSpans([], WAY, plan);
    for (let at = 0; at <= WAY.length; at += 1) {
      expect(stepSpans(stepSpans([], WAY.slice(0, at), plan), WAY.slice(at), plan)).toEqual(whole);
    }
  });

  it('are in order even where a row says of an earlier time than the row before it', () => {
    const rows = [
      decided(20, 'ramping 2/3', NOW + 18 * MINUTE_MS),
      row(21, 'ramping 3/3'),
      decided(22, 'rolling-back', NOW + 18 * MINUTE_MS),
    ];
    const spans = stepSpans([], [...WAY.slice(0, 3), ...rows], plan);
    expect(spans.map(({ fromMs }) => fromMs)).toEqual(
      spans.map(({ fromMs }) => fromMs).toSorted((one, other) => one - other),
    );
    expect(stepAt(spans, NOW + 17 * MINUTE_MS)).toBe(0);
  });

  it('are not changed by a row that cannot be read', () => {
    const damaged = ['', 'null', '{"to":7}', '{"to":"ramping 9/9"'].map((body) => ({
      ...row(10, 'ramping 1/3'),
      body,
    }));
    const before = WAY.slice(0, 4);
    expect(stepSpans([], [...before, ...damaged], plan)).toEqual(stepSpans([], before, plan));
    const cut = row(20, 'ramping 2/3', { watermark: { finalTo: 'cut' } });
    expect(stepAt(stepSpans([], [...before, cut], plan), NOW + 15 * MINUTE_MS)).toBe(1);
  });

  it('are none before the audit says of any', () => {
    expect(stepAt([], NOW)).toBeNull();
  });
});
