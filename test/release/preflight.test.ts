import { describe, expect, it } from 'vitest';
import { decide } from '../../src/release/decide.ts';
import {
  type Facts,
  NOTHING_READ,
  type PreflightFacts,
  type ProbeAnswer,
} from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Preflight, Release } from '../../src/release/release.ts';
import {
  NOW,
  STAGES,
  SUBJECT,
  bodiesOf,
  read,
  rulesAt,
  sampleContext,
  samplePlan,
  sampleRelease,
  siteAt,
  stored,
} from '../support/release-samples.ts';

const MINUTE = 60_000;
const PLAN = samplePlan({ validate: [{ http: { path: '/health', passes: 2 } }] });
const OK: ProbeAnswer = {
  ok: true,
  host: 'h',
  path: '/health',
  status: 200,
  durationMs: 5,
  problem: undefined,
};
const NO: ProbeAnswer = { ...OK, ok: false, status: 500, problem: 'expected 200, got 500' };

const seen = (version: string, requests: number) => ({ version, requests, items: requests });

const SEEN: PreflightFacts = {
  autoSwapSlotName: undefined,
  stickyAppSettings: ['KEEP_ME'],
  versions: [seen('1.0.0', 900), seen('0.9.0', 3)],
  labelled: [seen('2.0.0', 2)],
  labelAnswer: OK,
  answers: [OK],
  history: [],
};

const STAGE: Preflight = {
  phase: 'preflight',
  since: NOW - MINUTE,
  passes: [1],
  failures: [0],
  askedAt: [undefined],
  labelSince: NOW - MINUTE,
  content: SUBJECT.canaryContent,
};

const FACTS: Facts = { ...read(0), preflight: SEEN };
const fresh: Release = {
  ...sampleRelease(STAGE, { subject: undefined, baseline: undefined }),
  assertedBaseline: '1.0.0',
};

interface Change {
  readonly facts?: Partial<Facts>;
  readonly seen?: Partial<PreflightFacts>;
  readonly release?: Partial<Release>;
  readonly stage?: Partial<Preflight>;
  readonly plan?: Plan;
  readonly at?: number;
}

function pass({ facts, seen: saw, release, stage, plan = PLAN, at = NOW }: Change) {
  const start = { ...fresh, stage: { ...STAGE, ...stage }, ...release };
  const all = { ...FACTS, preflight: { ...SEEN, ...saw }, ...facts };
  return decide({ release: stored(start), bins: [], facts: all, context: sampleContext(plan, at) });
}

function codesOf(change: Change): readonly string[] {
  const { release, rows } = pass(change);
  if (release.stage.phase !== 'rejected') return [];
  const { problems } = bodiesOf(rows)[0]?.facts as {
    problems: readonly { code: string; message: string }[];
  };
  for (const { message } of problems) expect(release.message).toContain(message);
  return problems.map(({ code }) => code).sort();
}

const production = siteAt('baseline-in-production').production;
const site = siteAt('baseline-in-production');

/** Each check that fails alone, and the code it gives. */
const FAILS: readonly (readonly [string, string, Change])[] = [
  [
    'the site does not run',
    'not-running',
    { facts: { site: { ...site, production: { ...production, state: 'Stopped' } } } },
  ],
  [
    'the slot does not run',
    'not-running',
    { facts: { site: { ...site, slot: { ...site.slot, state: 'Stopped' } } } },
  ],
  [
    'a preview swap is pending',
    'preview-swap-pending',
    { facts: { site: { ...site, slot: { ...site.slot, targetSwapSlot: 'production' } } } },
  ],
  [
    'a rule with weight is there',
    'foreign-rule',
    { facts: { rules: rulesAt(0, { name: 'beta', host: 'b', weight: 10, autoRamp: false }) } },
  ],
  ['our own rule has weight already', 'foreign-rule', { facts: { rules: rulesAt(5) } }],
  [
    'a rule ramps by itself',
    'auto-ramp',
    { facts: { rules: rulesAt(0, { name: 'beta', host: 'b', weight: 0, autoRamp: true }) } },
  ],
  [
    'other bits were pushed meanwhile',
    'slot-overwritten',
    { facts: { content: { production: 'deploy-old', slot: 'deploy-3' } } },
  ],
  ['auto swap is on', 'auto-swap', { seen: { autoSwapSlotName: 'production' } }],
  [
    'OTEL_RESOURCE_ATTRIBUTES is slot-sticky',
    'sticky-telemetry',
    { seen: { stickyAppSettings: ['otel_resource_attributes'] } },
  ],
  [
    'OTEL_SERVICE_NAME is slot-sticky',
    'sticky-telemetry',
    { seen: { stickyAppSettings: ['OTEL_SERVICE_NAME'] } },
  ],
  [
    'a validation fails three times in a row',
    'validation-failed',
    { stage: { failures: [2], passes: [0] }, seen: { answers: [NO] } },
  ],
  [
    'both report one version',
    'versions-same',
    { seen: { versions: [seen('2.0.0', 9)] }, release: { assertedBaseline: undefined } },
  ],
  [
    'the baseline is not the asserted one',
    'baseline-mismatch',
    { release: { assertedBaseline: '0.9.0' } },
  ],
  [
    'production carries no version',
    'version-missing',
    { seen: { versions: [seen('', 9)] }, release: { assertedBaseline: undefined } },
  ],
  ['a baseline is asserted and nothing reports', 'baseline-mismatch', { seen: { versions: [] } }],
  [
    'our probes come back under another version',
    'version-not-seen',
    { seen: { labelled: [seen('1.0.0', 3)] } },
  ],
  [
    'the site is not there',
    'ResourceNotFound',
    {
      facts: {
        unread: [{ what: 'site and slot', code: 'ResourceNotFound', message: 'm', refused: true }],
        site: undefined,
      },
    },
  ],
];

describe('preflight', () => {
  it.each(FAILS)('rejects when %s: %s', (_what, code, change) => {
    expect(codesOf(change)).toEqual([code]);
    const { release, effect } = pass(change);
    expect(effect).toBeUndefined();
    expect(release).toMatchObject({ stage: { phase: 'rejected' }, weight: 0, wantedWeight: 0 });
    expect(release.subject).toBeUndefined();
  });

  it('tells all problems in one report', () => {
    const codes = codesOf({
      facts: {
        site: { ...site, slot: { ...site.slot, state: 'Stopped', targetSwapSlot: 'x' } },
        rules: rulesAt(7),
        content: { production: 'deploy-old', slot: 'deploy-3' },
      },
      stage: { failures: [2], passes: [0] },
      seen: {
        autoSwapSlotName: 'production',
        stickyAppSettings: ['OTEL_SERVICE_NAME'],
        answers: [NO],
        versions: [seen('2.0.0', 9)],
        labelled: [seen('1.0.0', 3)],
      },
    });
    expect(codes).toEqual([
      'auto-swap',
      'baseline-mismatch',
      'foreign-rule',
      'not-running',
      'preview-swap-pending',
      'slot-overwritten',
      'sticky-telemetry',
      'validation-failed',
      'version-not-seen',
      'versions-same',
    ]);
  });

  it('passes with the subject as it was found, and climbs to the first step', () => {
    const insiders = { name: 'beta', host: 'b', weight: 0, autoRamp: false };
    const { release, effect } = pass({ facts: { rules: [insiders] } });
    expect(release).toMatchObject({
      stage: { phase: 'ramping', step: 0 },
      subject: { ...SUBJECT, foreignRules: ['beta=0'] },
      baseline: '1.0.0',
      wantedWeight: 5,
    });
    expect(effect).toMatchObject({ kind: 'write-weight', weight: 5 });
  });

  it('records a 0 % rule of our own slot that will be removed', () => {
    const zero = { name: 'staging', host: SUBJECT.slotHost, weight: 0, autoRamp: false };
    const { release, rows } = pass({ facts: { rules: [zero] } });
    expect(release.stage.phase).toBe('ramping');
    expect(bodiesOf(rows)[0]?.facts).toMatchObject({ ownRuleRemoved: zero });
    expect(release.subject?.foreignRules).toEqual([]);
  });

  it('takes the version with most rows for the baseline, wherever it stands in the answer', () => {
    const versions = [seen('0.9.0', 3), seen('1.0.0', 900), seen('0.8.0', 10)];
    expect(pass({ seen: { versions } }).release.baseline).toBe('1.0.0');
  });

  it('of a first release has no baseline, and is judged against the ceiling', () => {
    const change = { seen: { versions: [] }, release: { assertedBaseline: undefined } };
    const { release } = pass(change);
    expect(release.baseline).toBeNull();
    expect(release.message).toContain('ceiling');
  });

  it('of blue-green goes on to the swap, without a step', () => {
    const { release, effect } = pass({
      plan: samplePlan('blue-green'),
      stage: { passes: [], failures: [], askedAt: [] },
    });
    expect(release).toMatchObject({ stage: { phase: 'promoting' }, wantedWeight: 0 });
    expect(effect?.kind).toBe('submit-swap');
  });

  const WAITS: readonly (readonly [string, Change])[] = [
    ['the rules', { facts: { rules: undefined } }],
    ['site and slot', { facts: { site: undefined } }],
    ['content', { facts: { content: undefined } }],
    [
      'an operation that runs',
      { facts: { site: { ...site, slot: { ...site.slot, operationInProgress: 'Create' } } } },
    ],
    ['more passes', { stage: { passes: [0] } }],
    ['a failure to be mended', { seen: { answers: [NO] } }],
    ['the slot to answer', { seen: { labelAnswer: { ...NO, status: 503 } } }],
    ['the slot to be asked', { seen: { labelAnswer: undefined } }],
    ['the baseline in telemetry', { seen: { versions: undefined } }],
    ['our probes in telemetry', { seen: { labelled: [] } }],
    ['telemetry of our probes', { seen: { labelled: undefined } }],
    [
      'the other label to be replaced for a minute',
      { seen: { labelled: [seen('1.0.0', 1)] }, stage: { labelSince: NOW - MINUTE + 1 } },
    ],
    [
      'a read that may get better',
      { facts: { unread: [{ what: 'x', code: 'busy', message: 'm', refused: false }] } },
    ],
  ];

  it.each(WAITS)('waits for %s, and says so', (_what, change) => {
    const { release } = pass(change);
    expect(release.stage.phase).toBe('preflight');
    expect(release.message).toMatch(/^waiting for: /);
    const late = pass({ ...change, stage: { ...change.stage, since: NOW - 15 * MINUTE } });
    expect(late.release.stage.phase).toBe('rejected');
  });

  it('does not wait for a label that the plan does not require', () => {
    const plan = samplePlan({ label: { require: false } });
    const stage = { passes: [], failures: [], askedAt: [] };
    expect(pass({ plan, stage, seen: { labelled: [] } }).release.stage.phase).toBe('ramping');
  });

  it.each([
    ['the label alone', { seen: { labelled: [] } }, 'version-not-seen', 'ai.application.ver'],
    [
      'the label and more',
      { seen: { labelled: [], versions: undefined } },
      'preflight-timeout',
      'baseline in telemetry',
    ],
    [
      'everything',
      { facts: { ...NOTHING_READ, preflight: undefined } },
      'preflight-timeout',
      'App Service',
    ],
  ] as const)('that ran out of time for %s names the reason', (_what, change, reason, words) => {
    const { release } = pass({ ...change, stage: { since: NOW - 15 * MINUTE } });
    expect(release.reason).toBe(reason);
    expect(release.message).toContain(words);
  });

  it('counts passes and failures in a row, and only of what was asked', () => {
    const start = { stage: { passes: [0], failures: [0] }, seen: { labelled: [] } };
    const good = pass(start).release;
    expect(good.stage).toMatchObject({ passes: [1], failures: [0], askedAt: [NOW] });
    const skipped = pass({
      ...start,
      stage: { passes: [1], failures: [0] },
      seen: { labelled: [], answers: [undefined] },
    });
    expect(skipped.release.stage).toMatchObject({ passes: [1] });
    const bad = pass({
      ...start,
      stage: { passes: [1], failures: [0] },
      seen: { labelled: [], answers: [NO] },
    });
    expect(bad.release.stage).toMatchObject({ passes: [0], failures: [1] });
  });

  it('remembers the content that it validates', () => {
    const { release } = pass({ stage: { content: undefined, passes: [0] } });
    expect(release.stage).toMatchObject({ content: SUBJECT.canaryContent });
  });
});

describe('a queued release', () => {
  const queued = sampleRelease(STAGES.queued, { subject: undefined });
  const leave = (pinnedUntil: number | undefined, plan = samplePlan()) =>
    decide({
      release: queued,
      bins: [],
      facts: { ...NOTHING_READ, pinnedUntil },
      context: sampleContext(plan, NOW),
    });

  it('waits for visitors who are pinned by an earlier release, showing the time', () => {
    const { release, rows } = leave(NOW + 1);
    expect(release).toMatchObject({ stage: { phase: 'queued' }, reason: 'visitors-pinned' });
    expect(release.message).toContain(new Date(NOW + 1).toISOString());
    expect(rows).toHaveLength(0);
    expect(leave(NOW).release.stage.phase).toBe('preflight');
    expect(leave(undefined).release.stage.phase).toBe('preflight');
  });

  it('goes on at once when the plan accepts them, and records it', () => {
    const { release, rows } = leave(NOW + MINUTE, samplePlan({ pinned: 'accept' }));
    expect(release.stage.phase).toBe('preflight');
    expect(bodiesOf(rows)[0]?.message).toContain('the plan accepts');
  });
});
