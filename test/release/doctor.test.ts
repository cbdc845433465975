import { describe, expect, it } from 'vitest';
import { limitsAt } from '../../src/limits.ts';
import { type Checkup, diagnose } from '../../src/release/doctor.ts';
import type { Unread } from '../../src/release/facts.ts';
import { ANSWERED, type DoctorChange, doctorFacts, seen } from '../support/doctor-samples.ts';
import { NOW, rulesAt, samplePlan, siteAt } from '../support/release-samples.ts';

const MINUTE = 60_000;
const limits = limitsAt(1);
const site = siteAt('baseline-in-production');
const VALIDATE = { validate: [{ http: { path: '/health', passes: 2 } }] };
const BAD = { ...ANSWERED, ok: false, status: 500, problem: 'expected 200, got 500' };

const unread = (what: string, refused: boolean): Unread => ({
  ...{ what, refused, message: `no ${what}` },
  code: refused ? 'AuthorizationFailed' : 'timed-out',
});

function examine(change: DoctorChange = {}): Checkup {
  return diagnose(doctorFacts(change), limits);
}

function idsOf(checkup: Checkup, status: string): readonly string[] {
  return checkup.checks.filter((check) => check.status === status).map(({ id }) => id);
}

/** What preflight refuses, and which check tells it. */
const REFUSED: readonly (readonly [string, string, DoctorChange])[] = [
  [
    'a stopped slot',
    'site',
    { preflight: { site: { ...site, slot: { ...site.slot, state: 'Stopped' } } } },
  ],
  [
    'a preview swap that is pending',
    'site',
    { preflight: { site: { ...site, slot: { ...site.slot, targetSwapSlot: 'production' } } } },
  ],
  ['a half-done swap', 'site', { preflight: { site: siteAt('other') } }],
  ['a rule with weight', 'rules', { preflight: { rules: rulesAt(5) } }],
  [
    'a rule that ramps by itself',
    'rules',
    { preflight: { rules: rulesAt(0, { name: 'b', host: 'b', weight: 0, autoRamp: true }) } },
  ],
  ['auto swap', 'auto-swap', { seen: { autoSwapSlotName: 'production' } }],
  ['a sticky label', 'sticky-telemetry', { seen: { stickyAppSettings: ['OTEL_SERVICE_NAME'] } }],
  ['a slot that answers badly', 'answers', { plan: VALIDATE, seen: { answers: [BAD] } }],
  ['production without a version', 'baseline', { seen: { versions: [seen('', 9)] } }],
  ['one version in both', 'baseline', { seen: { versions: [seen('2.0.0', 9)] } }],
  ['a slot without a version', 'label', { seen: { labelled: [seen('', 3)] } }],
  ['a slot with another version', 'label', { seen: { labelled: [seen('1.9.0', 3)] } }],
  [
    'an app that may not be read',
    'site',
    { preflight: { site: undefined, unread: [unread('site and slot', true)] } },
  ],
  [
    'deployments that may not be read',
    'content',
    { preflight: { content: undefined, unread: [unread('deployments', true)] } },
  ],
  [
    'a plan whose query is wrong',
    'queries',
    {
      plan: { analysis: { metrics: { kql: [{ name: 'm', query: 'AppRequests' }] } } },
      seen: { queryProblems: [{ path: 'q', code: 'query', message: 'no such column' }] },
    },
  ],
];

describe('the doctor', () => {
  it('finds nothing where everything is well', () => {
    const checkup = examine();
    expect(checkup).toMatchObject({ verdict: 'ready', version: '2.0.0', baseline: '1.0.0' });
    expect(idsOf(checkup, 'ok')).toHaveLength(checkup.checks.length);
  });

  it.each(REFUSED)('says that a release would be refused: %s (%s)', (_what, id, change) => {
    const checkup = examine(change);
    expect(checkup.verdict).toBe('refused');
    expect(idsOf(checkup, 'problem')).toEqual([id]);
    expect(checkup.checks[0]?.id).toBe(id);
    expect(checkup.checks[0]?.fix).toEqual(expect.any(String));
  });

  it('tells two problems of one check in one message, with both fixes', () => {
    const [check] = examine({
      preflight: {
        site: { ...site, slot: { ...site.slot, state: 'Stopped', targetSwapSlot: 'production' } },
      },
    }).checks;
    expect(check?.message).toContain('staging is Stopped');
    expect(check?.message).toContain('prepared for a swap');
    expect(check?.fix?.split('\n')).toEqual([
      'az webapp start --resource-group rg-shop --name shop --slot staging',
      'az webapp deployment slot swap --resource-group rg-shop --name shop --slot staging --action reset',
    ]);
  });

  it('loses no problem of preflight that no check of its own tells', () => {
    const checkup = examine({ preflight: { unread: [unread('something new', true)] } });
    expect(idsOf(checkup, 'problem')).toEqual(['preflight']);
    expect(checkup.verdict).toBe('refused');
  });

  it('puts problems first, then what is not known, warnings, and what is well', () => {
    const { checks } = examine({
      seen: { autoSwapSlotName: 'production', labelled: [] },
      facts: { gauges: { ok: true, value: [] } },
    });
    const order = ['problem', 'unknown', 'warning', 'ok'];
    const places = checks.map(({ status }) => order.indexOf(status));
    expect(places).toEqual(places.toSorted());
    expect(new Set(places)).toEqual(new Set([0, 1, 2, 3]));
  });

  it.each([
    ['traffic rules', ['rules'], { rules: undefined }],
    ['deployments', ['content'], { content: undefined }],
  ] as const)('does not know what a read that failed would have said: %s', (what, ids, missing) => {
    const checkup = examine({ preflight: { ...missing, unread: [unread(what, false)] } });
    expect(checkup.verdict).toBe('unknown');
    expect(idsOf(checkup, 'unknown')).toEqual(ids);
    expect(checkup.checks[0]?.message).toContain(`no ${what}`);
  });

  it('takes nothing for well when the app cannot be read', () => {
    const checkup = examine({
      preflight: {
        ...{ site: undefined, rules: undefined, content: undefined },
        preflight: undefined,
        unread: ['site and slot', 'traffic rules', 'deployments', 'swap settings'].map((what) =>
          unread(what, false),
        ),
      },
      facts: {
        configuration: { ok: false, code: 'timed-out', why: 'late' },
        settings: { ok: false, code: 'timed-out', why: 'late' },
        rights: { ok: false, code: 'timed-out', why: 'late' },
        gauges: { ok: false, code: 'not-asked', why: 'late' },
      },
    });
    expect(checkup.verdict).toBe('unknown');
    expect(idsOf(checkup, 'ok')).toEqual(['free', 'clock']);
  });

  it.each([
    ['a write', { actions: ['*'], notActions: ['*/slotsswap/action'] }, 'problem', 'refused'],
    [
      'what no release asks for',
      { actions: ['*'], notActions: ['*/operations/read'] },
      'warning',
      'ready',
    ],
    ['even the reads that were just done', { actions: [], notActions: [] }, 'unknown', 'unknown'],
  ])('says of rights without %s what they mean', (_what, permission, status, verdict) => {
    const rights = { ok: true, value: { site: [permission], slot: [permission] } } as const;
    const checkup = examine({ facts: { rights } });
    expect(idsOf(checkup, status)).toContain('rights');
    expect(checkup.verdict).toBe(verdict);
  });

  it('waits for an operation of the site, as preflight does', () => {
    const busy = { ...site, production: { ...site.production, operationInProgress: 'op-1' } };
    expect(idsOf(examine({ preflight: { site: busy } }), 'unknown')).toEqual(['site']);
  });

  describe('the version', () => {
    const unsaid = { facts: { versionGiven: false } };

    it('is the one that the slot reports where nobody says it', () => {
      expect(examine({ ...unsaid, seen: { labelled: [seen('3.0.0', 1)] } })).toMatchObject({
        version: '3.0.0',
        verdict: 'ready',
      });
    });

    it('is not known before the slot reported', () => {
      const checkup = examine({ ...unsaid, seen: { labelled: [] } });
      expect(checkup).toMatchObject({ version: null, verdict: 'unknown' });
      expect(idsOf(checkup, 'unknown')).toEqual(['label']);
    });

    it('is not waited for where the plan does not ask for it', () => {
      const checkup = examine({ plan: { label: { require: false } }, seen: { labelled: [] } });
      expect(checkup.verdict).toBe('ready');
      expect(idsOf(checkup, 'warning')).toContain('label');
    });

    it('has a minute to come back under its name, as in preflight', () => {
      const change = {
        seen: { labelled: [seen('1.9.0', 3)] },
        facts: { labelSince: NOW - 20_000 },
      };
      expect(idsOf(examine(change), 'unknown')).toEqual(['label']);
    });
  });

  it('does not know the baseline between a swap and the first request after it', () => {
    const swapped = {
      ...site,
      volumes: { ...site.volumes, swappedAt: new Date(NOW - MINUTE).toISOString() },
    };
    const checkup = examine({ preflight: { site: swapped }, seen: { versions: [] } });
    expect(idsOf(checkup, 'unknown')).toEqual(['baseline']);
    expect(idsOf(examine({ seen: { versions: [] } }), 'warning')).toContain('baseline');
  });

  it('refuses while a release holds the app, and does not ask without Slipway', () => {
    const held = examine({ facts: { slipway: { skewMs: 0, active: 'r-1' } } });
    expect(idsOf(held, 'problem')).toEqual(['free']);
    const own = examine({ facts: { via: 'own', slipway: undefined } });
    expect(own.checks.map(({ id }) => id)).not.toContain('free');
    expect(own.verdict).toBe('ready');
  });

  it('asks of the same plan as a start', () => {
    expect(examine({ plan: 'careful' }).plan).toBe(samplePlan('careful').name);
  });

  it('warns of clocks that differ by more than half a minute', () => {
    expect(
      idsOf(examine({ facts: { slipway: { skewMs: -40_000, active: undefined } } }), 'warning'),
    ).toEqual(['clock']);
  });
});

describe('what people should know', () => {
  const SLOT = {
    kind: 'app',
    tier: 'Standard',
    planId: '/p',
    httpsOnly: true,
    alwaysOn: true,
    healthCheckPath: '/h',
  };
  const configured = (production: object, slot: object): DoctorChange => ({
    facts: {
      configuration: {
        ok: true,
        value: {
          production: { ...SLOT, ...production },
          slot: { ...SLOT, ...slot },
          azureTime: NOW,
        },
      },
    },
  });
  const settings = (value: object): DoctorChange => ({
    facts: {
      settings: {
        ok: true,
        value: {
          ...{ appSettings: [], connectionStrings: [], same: 0 },
          ...{ warmUp: { path: '/w', statuses: '200' }, ...value },
        },
      },
    },
  });
  const gauges = (patch: object): DoctorChange => ({
    facts: {
      gauges: {
        ok: true,
        value: [
          {
            ...{ version: '1.0.0', asked: 'production', rows: 600_000, items: 600_000 },
            ...{ lagP50Ms: 1_000, lagP999Ms: 2_000, newestMs: NOW, ...patch },
          },
        ],
      },
    },
  });
  const differs = (name: string, sticky: boolean) => ({
    name,
    sticky,
    production: 'aa',
    slot: 'bb',
  });

  it.each<readonly [string, string, DoctorChange]>([
    ['plan', 'two plans', configured({}, { planId: '/other' })],
    ['plan', 'a tier without slots', configured({ tier: 'Basic' }, { tier: 'Basic' })],
    ['always-on', 'off in the slot', configured({}, { alwaysOn: false })],
    ['https', 'on in one alone', configured({}, { httpsOnly: false })],
    [
      'health-check',
      'none',
      configured({ healthCheckPath: undefined }, { healthCheckPath: undefined }),
    ],
    ['settings', 'one that moves', settings({ appSettings: [differs('COLOUR', false)] })],
    [
      'connection-strings',
      'one that moves',
      settings({ connectionStrings: [differs('DB', false)] }),
    ],
    [
      'settings',
      'telemetry that goes elsewhere, though it stays',
      settings({ appSettings: [differs('APPLICATIONINSIGHTS_CONNECTION_STRING', true)] }),
    ],
    ['warm-up', 'no path', settings({ warmUp: { path: undefined, statuses: undefined } })],
    ['warm-up', 'no statuses', settings({ warmUp: { path: '/w', statuses: undefined } })],
    ['traffic', 'too little to certify', gauges({ rows: 60, items: 60 })],
    ['lag', 'later than the plan settles', gauges({ lagP999Ms: 900_000 })],
    ['sampling', 'one row for four', gauges({ items: 2_400_000 })],
  ])('%s warns of %s, and nothing is refused', (id, _what, change) => {
    const checkup = examine(change);
    expect(idsOf(checkup, 'warning')).toEqual([id]);
    expect(checkup.verdict).toBe('ready');
  });

  it('sticky settings that differ are as they should be, and marked', () => {
    const { checks } = examine(settings({ appSettings: [differs('SLOT_NAME', true)] }));
    const check = checks.find(({ id }) => id === 'settings');
    expect(check).toMatchObject({ status: 'ok', facts: { differences: [{ sticky: true }] } });
    expect(check?.message).toContain('stay with their slot (sticky): SLOT_NAME');
  });

  it("says that Slipway's identity may not see settings, and that nothing depends on it", () => {
    const withheld = { ok: false, code: 'AuthorizationFailed', why: 'no' } as const;
    const checkup = examine({ facts: { settings: withheld } });
    expect(checkup.verdict).toBe('ready');
    expect(idsOf(checkup, 'unknown')).toEqual(['settings', 'connection-strings', 'warm-up']);
  });
});
