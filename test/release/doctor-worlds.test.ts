/** The doctor against preflight, over many worlds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsAt } from '../../src/limits.ts';
import { decide } from '../../src/release/decide.ts';
import { diagnose } from '../../src/release/doctor.ts';
import type { DoctorFacts } from '../../src/release/doctor-facts.ts';
import type { Facts, Unread } from '../../src/release/facts.ts';
import type { Preflight } from '../../src/release/release.ts';
import { ANSWERED, doctorFacts, seen } from '../support/doctor-samples.ts';
import '../support/fixed-seed.ts';
import { NOW, rulesAt, sampleContext, sampleRelease, siteAt } from '../support/release-samples.ts';

const MINUTE = 60_000;
const limits = limitsAt(1);
const site = siteAt('baseline-in-production');
const VALIDATE = { validate: [{ http: { path: '/health', passes: 2 } }] };
const BAD = { ...ANSWERED, ok: false, status: 500, problem: 'expected 200, got 500' };

const unread = (what: string, refused: boolean): Unread => ({
  ...{ what, refused, message: `no ${what}` },
  code: refused ? 'AuthorizationFailed' : 'timed-out',
});

/** A world as preflight may meet it; most of its parts are well most of the time. */
const often = <T>(well: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(well) },
    { weight: 1, arbitrary: fc.constantFrom(well, ...others) },
  );

const READER = [{ actions: ['*/read'], notActions: [] }];

const worlds: fc.Arbitrary<DoctorFacts> = fc
  .record({
    state: often('Running', 'Stopped'),
    preview: often<string | undefined>(undefined, 'production'),
    operation: often<string | undefined>(undefined, 'op'),
    where: often<'baseline-in-production' | 'other'>('baseline-in-production', 'other'),
    swappedAgoMs: often(48 * 60 * MINUTE, 5 * MINUTE),
    weight: often(0, 7),
    autoRamp: often(false, true),
    autoSwap: often<string | undefined>(undefined, 'production'),
    sticky: often('KEEP', 'otel_resource_attributes'),
    versions: often([seen('1.0.0', 50)], [], [seen('', 5)], [seen('2.0.0', 5)], [seen('0.9.0', 5)]),
    labelled: often(
      [seen('2.0.0', 2)],
      [],
      [seen('', 2)],
      [seen('1.0.0', 2)],
      [seen('1.0.0', 2), seen('2.0.0', 1)],
    ),
    labelSince: often(NOW - 2 * MINUTE, NOW - 10_000),
    label: often<number | undefined>(200, 503, undefined),
    answer: often(ANSWERED, BAD),
    asserted: often<string | undefined>(undefined, '1.0.0'),
    require: often(true, false),
    validate: fc.boolean(),
    active: often<string | undefined>(undefined, 'release-1'),
    right: often(true, false),
    lost: often<string | undefined>(
      undefined,
      'site and slot',
      'traffic rules',
      'deployments',
      'swap settings',
      'versions in telemetry',
      'our probes in telemetry',
    ),
    refused: fc.boolean(),
  })
  .map((world) => {
    const slot = { ...site.slot, state: world.state, targetSwapSlot: world.preview };
    const swappedAt = new Date(NOW - world.swappedAgoMs).toISOString();
    const found = { ...siteAt(world.where, swappedAt), slot };
    const rule = { name: 'other', host: 'other', weight: 0, autoRamp: true };
    const lost = (what: string): boolean => world.lost === what || world.lost === 'site and slot';
    const all = doctorFacts({
      plan: {
        // One step: what more of them need of traffic takes its time to work out.
        steps: [{ weight: 10, bake: '10m' }],
        label: { require: world.require },
        ...(world.validate ? VALIDATE : {}),
      },
      seen: {
        autoSwapSlotName: world.lost === 'swap settings' ? undefined : world.autoSwap,
        stickyAppSettings: world.lost === 'swap settings' ? undefined : [world.sticky],
        versions: lost('versions in telemetry') ? undefined : world.versions,
        labelled: lost('our probes in telemetry') ? undefined : world.labelled,
        labelAnswer:
          world.lost === 'site and slot' ? undefined : { ...ANSWERED, status: world.label },
        answers: world.validate && world.lost !== 'site and slot' ? [world.answer] : [],
      },
      preflight: {
        site:
          world.lost === 'site and slot'
            ? undefined
            : {
                ...found,
                production: { ...found.production, operationInProgress: world.operation },
              },
        rules:
          world.lost === 'traffic rules'
            ? undefined
            : rulesAt(world.weight, ...(world.autoRamp ? [rule] : [])),
        unread: world.lost === undefined ? [] : [unread(world.lost, world.refused)],
        ...(world.lost === 'deployments' ? { content: undefined } : {}),
      },
      facts: {
        labelSince: world.labelSince,
        slipway: { skewMs: 0, active: world.active },
        ...(world.right ? {} : { rights: { ok: true, value: { site: READER, slot: READER } } }),
      },
    });
    return { ...all, request: { ...all.request, baselineVersion: world.asserted } };
  });

/** The controller's own pass over a release at its last pass of preflight. */
function phaseAfterPreflight({ request, preflight, labelSince }: DoctorFacts): string {
  const { validate } = request.plan;
  const stage: Preflight = {
    ...{ phase: 'preflight', since: NOW - MINUTE, labelSince, content: preflight.content?.slot },
    passes: validate.map(({ passes }) => passes - 1),
    failures: validate.map(() => 2),
    askedAt: validate.map(() => undefined),
    historyOf: '1.0.0',
    historyTries: 3,
  };
  const release = {
    ...sampleRelease(stage, { subject: undefined, baseline: undefined }),
    assertedBaseline: request.baselineVersion,
  };
  const facts: Facts = preflight;
  const context = sampleContext(request.plan, NOW);
  return decide({ release, bins: [], facts, context }).release.stage.phase;
}

describe('over many worlds', () => {
  it('has a problem exactly where preflight rejects, Azure would refuse, or the app is held', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(worlds, (facts) => {
        const { verdict, checks } = diagnose(facts, limits);
        const phase = phaseAfterPreflight(facts);
        const rightless = facts.rights.ok && facts.rights.value.site === READER;
        const held = facts.slipway?.active !== undefined;
        met.add(`${phase} ${verdict}`);
        expect(verdict === 'refused').toBe(phase === 'rejected' || rightless || held);
        if (verdict !== 'refused') expect(verdict).toBe(phase === 'ramping' ? 'ready' : 'unknown');
        // Without those two, problems are preflight's and nobody else's.
        const others = checks.filter(
          ({ id, status }) => status === 'problem' && id !== 'rights' && id !== 'free',
        );
        expect(others.length > 0).toBe(phase === 'rejected');
      }),
      { numRuns: 500 },
    );
    expect(met).toEqual(
      new Set([
        'rejected refused',
        'ramping ready',
        'ramping refused',
        'preflight unknown',
        'preflight refused',
      ]),
    );
  });

  it('never takes for well what rests on a read that failed', () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const { checks } = diagnose(facts, limits);
        const lost = facts.preflight.unread.map(({ what }) => what);
        const resting: Readonly<Record<string, readonly string[]>> = {
          'site and slot': ['site', 'answers', 'telemetry', 'baseline', 'label'],
          'traffic rules': ['rules'],
          deployments: ['content'],
          'swap settings': ['auto-swap', 'sticky-telemetry'],
          'versions in telemetry': ['telemetry', 'baseline'],
          'our probes in telemetry': ['label'],
        };
        const touched = lost.flatMap((what) => resting[what] ?? []);
        const well = checks.filter(({ id, status }) => touched.includes(id) && status === 'ok');
        expect(well.map(({ id }) => id)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
