import { describe, expect, it } from 'vitest';
import type { Tally } from '../../src/judge/types.ts';
import type { CountRow, Facts, PairedBin } from '../../src/release/facts.ts';
import { noticeOf } from '../../src/release/notice.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release } from '../../src/release/release.ts';
import { CHECKOUT, EXCEPTIONS, LATENCY, PROBES, planWith } from '../support/metric-plans.ts';
import { NOW, STAGES, bodiesOf, read, sampleRelease } from '../support/release-samples.ts';
import { MINUTE, RAMPING, SINCE, pass } from './pass.ts';

type Rate = readonly number[];

/** Half an hour of 500 canary and 9,500 baseline requests a minute that never fail; metrics by share. */
function telemetry(canary: readonly Rate[], baseline: readonly Rate[]): Facts['telemetry'] {
  const rows: CountRow[] = [];
  for (let startMs = SINCE; startMs < NOW; startMs += MINUTE) {
    for (const [version, requests, rates] of [
      ['2.0.0', 500, canary],
      ['1.0.0', 9_500, baseline],
    ] as const) {
      const more = rates.map((shares): Tally => ({
        n: requests,
        x: shares.map((share) => Math.round(share * requests)),
      }));
      rows.push({ startMs, version, requests, failures: 0, items: requests, more });
    }
  }
  const lag = { p95Ms: 10_000, p999Ms: 20_000 };
  return { kind: 'ok', rows, lag, query: 'q', answer: 'a' };
}

const facts = (canary: readonly Rate[], baseline: readonly Rate[]): Facts => ({
  ...read(5),
  telemetry: telemetry(canary, baseline),
});

describe('a metric that is only told', () => {
  const plan: Plan = planWith([{ ...EXCEPTIONS, on: 'notify' }]);
  const bad = facts([[0.2]], [[0.01]]);

  it('is told once, in a row and a notice of its own, and changes nothing else', () => {
    const { release, rows } = pass(RAMPING, bad, { plan });
    const [alert, ...others] = bodiesOf(rows).filter(({ action }) => action === 'metric-alert');
    expect(others).toEqual([]);
    expect(alert?.message).toMatch(/exceptions/);
    expect(alert?.facts).toMatchObject({ metric: 'exceptions', evidence: { name: 'exceptions' } });
    // Failures alone decide, and they are fine.
    expect(release).toMatchObject({ stage: { phase: 'ramping', step: 1 }, reason: 'certified' });
    expect(release.alerted).toEqual(['exceptions']);
    const row = rows.find(({ body }) => body.includes('metric-alert'));
    expect(row && noticeOf(row, release)).toMatchObject({
      action: 'metric-alert',
      severity: 'warning',
    });

    const again = pass(release, bad, { plan, at: NOW + MINUTE });
    expect(bodiesOf(again.rows).some(({ action }) => action === 'metric-alert')).toBe(false);
  });

  it('says nothing while it is no worse', () => {
    const { rows } = pass(RAMPING, facts([[0.01]], [[0.01]]), { plan });
    expect(bodiesOf(rows).some(({ action }) => action === 'metric-alert')).toBe(false);
  });
});

describe('a metric that rolls back', () => {
  it('takes the version back by itself, and the release says by which it was', () => {
    const plan = planWith([LATENCY, CHECKOUT]);
    const slow = facts([[0.3, 0.1], [0.01]], [[0.3, 0.01], [0.01]]);
    const { release, rows } = pass(RAMPING, slow, { plan });
    expect(release).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'harm' });
    expect(release.verdict).toMatchObject({ outcome: 'harm', by: 'latency' });
    expect(release.message).toMatch(/longer than 1,000 ms/);
    const [row] = bodiesOf(rows);
    const { verdict } = row?.facts as { verdict: { evidence: { more: { name: string }[] } } };
    expect(verdict.evidence.more.map(({ name }) => name)).toEqual(['latency', 'checkout']);
  });

  it('must be certified with all the others before a step ends', () => {
    const plan = planWith([CHECKOUT]);
    const good = pass(RAMPING, facts([[0.01]], [[0.01]]), { plan }).release;
    expect(good.reason).toBe('certified');
    // Somewhat worse: no harm by itself, and nobody could call it within the budget.
    const doubtful = planWith([{ ...CHECKOUT, rho: 3 }]);
    const worse = pass(RAMPING, facts([[0.05]], [[0.01]]), { plan: doubtful }).release;
    expect(worse.stage).toMatchObject({ phase: 'rolling-back' });
    const wide = planWith([{ ...CHECKOUT, rho: 8 }]);
    const undecided = pass(RAMPING, facts([[0.06]], [[0.01]]), { plan: wide }).release;
    expect(undecided).toMatchObject({ stage: { phase: 'ramping', step: 0 } });
    expect(undecided.verdict?.outcome).toBe('undecided');
  });

  it('is shown with its evidence, totals and dispersion', () => {
    const plan = planWith([LATENCY]);
    const dispersion = { failures: 1.5, more: [2], bins: 300 };
    const { verdict } = pass({ ...RAMPING, dispersion }, facts([[0.3, 0.01]], [[0.3, 0.01]]), {
      plan,
    }).release;
    expect(verdict).toMatchObject({ phi: 1.5 });
    expect(verdict?.more?.[0]).toMatchObject({
      name: 'latency',
      kind: 'latency',
      on: 'rollback',
      phi: 2,
      canary: { n: 14_500, x: [4_350, 145] },
    });
    expect(verdict?.more?.[0]?.certify).toBeTypeOf('number');
    expect(verdict?.ratio?.low).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(verdict)).not.toContain('null');
  });
});

describe('probes after the swap', () => {
  const plan = planWith([], { preset: 'blue-green', plan: { probes: { ...PROBES, edgesMs: [] } } });
  const watching: Release = sampleRelease(
    { ...STAGES.watching, since: SINCE },
    { binsFrom: SINCE, swappedAt: SINCE, ceiling: 0.02, strategy: 'blue-green' },
  );
  const probed = (bad: number): PairedBin[] =>
    Array.from({ length: 30 }, (_, minute) => ({
      startMs: SINCE + minute * MINUTE,
      answers: { canary: { n: 300, x: [bad] }, baseline: { n: 300, x: [0] } },
      latency: undefined,
    }));
  const site = read(0, 'canary-in-production');
  const quiet: Facts['telemetry'] = {
    kind: 'ok',
    rows: [],
    lag: { p95Ms: 0, p999Ms: 0 },
    query: 'q',
    answer: '[]',
  };

  it('compare production with the old slot, though nobody visits: blue-green sees harm', () => {
    const facts = { ...site, telemetry: quiet, paired: probed(6) };
    const { release } = pass(watching, facts, { plan });
    expect(release).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'harm' });
    expect(release.verdict?.by).toBe('probes');
  });

  it('and are seen: a watch without visitors was watched', () => {
    const until = NOW - 10 * MINUTE;
    const stage = { ...STAGES.watching, since: SINCE, until };
    const facts = { ...site, telemetry: quiet, paired: probed(0) };
    const { release } = pass({ ...watching, stage }, facts, { plan });
    expect(release.stage).toMatchObject({ phase: 'succeeded', watched: true });
    const blind = pass({ ...watching, stage }, { ...facts, paired: [] }, { plan }).release;
    expect(blind.stage).toMatchObject({ phase: 'watching', extended: true });
  });
});
