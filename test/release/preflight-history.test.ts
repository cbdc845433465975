import { describe, expect, it } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import type { CountRow, Facts, PreflightFacts } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Preflight, Release } from '../../src/release/release.ts';
import { CHECKOUT, LATENCY, planWith } from '../support/metric-plans.ts';
import {
  NOW,
  SUBJECT,
  bodiesOf,
  read,
  sampleContext,
  samplePlan,
  sampleRelease,
  stored,
} from '../support/release-samples.ts';

const MINUTE = 60_000;
const seen = (version: string, requests: number) => ({ version, requests, items: requests });
const answer = { ok: true, host: 'h', path: '/', status: 200, durationMs: 5, problem: undefined };

const SEEN: PreflightFacts = {
  autoSwapSlotName: undefined,
  stickyAppSettings: [],
  versions: [seen('1.0.0', 900)],
  labelled: [seen('2.0.0', 2)],
  labelAnswer: answer,
  answers: [],
};
const STAGE: Preflight = {
  phase: 'preflight',
  since: NOW - MINUTE,
  passes: [],
  failures: [],
  askedAt: [],
  labelSince: NOW - MINUTE,
  content: SUBJECT.canaryContent,
};
const FRESH = sampleRelease(STAGE, { subject: undefined, baseline: undefined });

/** Every minute of so many hours, one version. */
const hours = (count: number, failures: (minute: number) => number, requests = 6_000): CountRow[] =>
  Array.from({ length: 60 * count }, (_, minute) => ({
    startMs: NOW + (minute - 60 * count) * MINUTE,
    version: '1.0.0',
    requests,
    failures: failures(minute),
    items: requests,
  }));
const STEADY = hours(5, () => 6);

function pass(
  preflight: Partial<PreflightFacts>,
  { release = FRESH, plan = samplePlan() }: { release?: Release; plan?: Plan } = {},
) {
  const facts: Facts = { ...read(0), preflight: { ...SEEN, ...preflight } };
  const context = sampleContext(plan);
  return decide({ release: stored(release), bins: [], facts, context });
}

describe("the baseline's last hours", () => {
  it('are measured, kept, used, and stand in the row of the passed preflight', () => {
    const history = hours(5, (minute) => (minute % 4 === 0 ? 24 : 0));
    const { release, rows } = pass({ history });
    expect(release.stage.phase).toBe('ramping');
    expect(release.dispersion).toMatchObject({ bins: 300, more: [] });
    expect(release.dispersion?.failures).toBeGreaterThan(10);
    expect(release.history).toEqual({ bins: 300, requests: 1_800_000, failures: 1_800, more: [] });
    const [row] = bodiesOf(rows);
    expect(row?.reason).toBe('preflight-passed');
    expect(row?.facts).toMatchObject({ dispersion: release.dispersion, history: release.history });
    expect(row?.message).toContain('come in clusters');
  });

  it('that are too short are 1, not measured, and hold nothing up', () => {
    const { release } = pass({ history: hours(3, () => 6) });
    expect(release.stage.phase).toBe('ramping');
    expect(release.dispersion).toEqual({
      failures: 1,
      more: [],
      bins: 180,
      note: 'not measured: 3 h of history',
    });
  });

  it('that telemetry does not tell are given up after three tries', () => {
    const first = pass({ history: undefined }).release;
    expect(first.stage).toMatchObject({ phase: 'preflight', historyTries: 1 });
    expect(first.message).toContain("the baseline's last hours (1 of 3 tries)");
    const second = pass({ history: undefined }, { release: first }).release;
    expect(second.stage).toMatchObject({ phase: 'preflight', historyTries: 2 });
    const third = pass({ history: undefined }, { release: second }).release;
    expect(third.stage.phase).toBe('ramping');
    expect(third.dispersion).toMatchObject({
      failures: 1,
      note: 'not measured: telemetry did not answer',
    });
    // One that does answer in time counts.
    expect(pass({ history: STEADY }, { release: second }).release.dispersion?.note).toBeUndefined();
  });

  it('are read again when another version turns out to be the baseline, and only then', () => {
    const waiting = { labelled: [] };
    const before = pass({ ...waiting, history: STEADY }).release;
    expect(before.stage).toMatchObject({ phase: 'preflight', historyOf: '1.0.0' });
    const same = pass({ ...waiting, history: undefined }, { release: before }).release;
    expect(same).toMatchObject({ dispersion: before.dispersion, stage: { historyOf: '1.0.0' } });
    const versions = [seen('1.1.0', 5_000), seen('1.0.0', 900)];
    const other = pass({ ...waiting, versions, history: STEADY }, { release: before }).release;
    // These rows are of the version before.
    expect(other.dispersion?.note).toBe('not measured: 0 h of history');
  });

  it('of a first release there are none', () => {
    const { release } = pass({ versions: [], history: undefined });
    expect(release).toMatchObject({ stage: { phase: 'ramping' }, baseline: null });
    expect(release.dispersion?.note).toBe('not measured: there is no baseline');
  });

  it('say in words what can never be certified', () => {
    const { rows } = pass({ history: hours(5, () => 0, 60) });
    const message = bodiesOf(rows)[0]?.message;
    expect(message).toContain('about 60 rows a minute, 0 % fail');
    expect(message).toMatch(/the steps at 5 %, 25 %, 50 % can never be certified within maxBake/);
    expect(message).toContain('the plan will advance, not certified');
    const busy = bodiesOf(pass({ history: hours(5, () => 1, 20_000) }).rows)[0]?.message;
    expect(busy).toBe('every check passed: 2.0.0 in staging, baseline 1.0.0');
  });
});

describe("the plan's own queries", () => {
  const plan = planWith([LATENCY, CHECKOUT]);
  const problem = {
    path: 'analysis.metrics.kql[0].query',
    code: 'kql',
    message: "'Nme' is unknown",
  };

  it('are checked before anything is touched; what is wrong rejects with the words of the parser', () => {
    const { release, rows } = pass({ history: STEADY, queryProblems: [problem] }, { plan });
    expect(release.stage.phase).toBe('rejected');
    expect(release.message).toContain("'Nme' is unknown");
    expect(bodiesOf(rows)[0]?.facts).toMatchObject({ problems: [problem] });
  });

  it('are waited for, and not asked again once they are right', () => {
    const waiting = pass({ history: STEADY }, { plan }).release;
    expect(waiting.stage.phase).toBe('preflight');
    expect(waiting.message).toContain("the check of the plan's queries");
    const labelLess = { labelled: [], history: STEADY, queryProblems: [] };
    const checked = pass(labelLess, { plan }).release;
    expect(checked.stage).toMatchObject({ phase: 'preflight', queriesChecked: true });
    const passed = pass({ queryProblems: undefined }, { plan, release: checked }).release;
    expect(passed.stage.phase).toBe('ramping');
  });

  it('hold up no plan that has none', () => {
    expect(pass({ history: STEADY }, { plan: planWith([LATENCY]) }).release.stage.phase).toBe(
      'ramping',
    );
  });
});

describe('probes of ours that come back without any version', () => {
  it('reject with a reason of their own, and with the setting that is missing', () => {
    const { release } = pass({ history: STEADY, labelled: [seen('', 3)] });
    expect(release).toMatchObject({ stage: { phase: 'rejected' }, reason: 'label-missing' });
    expect(release.message).toContain('service.version');
  });

  it('are another matter than those under another version', () => {
    const { release } = pass({ history: STEADY, labelled: [seen('', 3), seen('1.9.9', 1)] });
    expect(release.reason).toBe('version-not-seen');
  });

  it('and a production without versions, too', () => {
    const { release } = pass({ versions: [seen('', 900)], history: undefined });
    expect(release).toMatchObject({ stage: { phase: 'rejected' }, reason: 'label-missing' });
  });
});
