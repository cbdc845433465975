import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bin, JudgeConfig, MetricConfig, MetricTally } from '../../src/judge/types.ts';
import {
  anyQuad,
  bin,
  bins,
  CONFIG,
  metric,
  tallies,
  tally,
  verdict,
  type Quad,
} from './support.ts';

const HEALTHY: Quad = [500, 1500, 1, 3];
const BROKEN: Quad = [500, 1500, 40, 3];

const EXCEPTIONS = metric();
const DEPENDENCIES = metric({ name: 'dependencies', kind: 'dependencies' });
const CHECKOUT = metric({ name: 'checkout', kind: 'kql' });
const LATENCY = metric({ name: 'latency', kind: 'latency', measures: 2, edges: [100, 500] });
const PROBES = metric({ name: 'probes', kind: 'probes', comparesInWatch: true });
const PROBE_TIMES = metric({
  name: 'probes latency',
  kind: 'probes',
  edges: [300],
  comparesInWatch: true,
});

interface Story {
  readonly more: MetricTally | null;
  readonly failures?: Quad;
  readonly over?: Partial<Bin>;
  readonly step?: number | null;
}

function say(one: MetricConfig, { more, failures = HEALTHY, over = {}, step = 0 }: Story): string {
  const config: JudgeConfig = { ...CONFIG, share: 0.5, more: [one] };
  const given = [bin(0, failures, { more: [more], ...over })];
  return verdict({ config, bins: given, step }).sentence;
}

describe('sentences about harm by another metric', () => {
  it('say exceptions', () => {
    expect(say(EXCEPTIONS, { more: tally([1000, 2000, 12, 2]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0 throws in 1.2 % of requests (12 of 1,000), baseline 2.3.9 in 0.1 % (2 of 2,000); the chance of evidence this strong from a harmless canary is below 1 in 370."`,
    );
  });

  it('say dependencies', () => {
    expect(say(DEPENDENCIES, { more: tally([1000, 2000, 40, 8]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0: 4 % of its dependency calls fail (40 of 1,000), baseline 2.3.9 0.4 % (8 of 2,000); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say latency by the edge that tells most', () => {
    const more = tallies([1000, 2000], [300, 120], [600, 60]);
    expect(say(LATENCY, { more })).toMatchInlineSnapshot(
      `"Canary 2.4.0: 12 % of requests take longer than 500 ms (120 of 1,000), baseline 2.3.9 3 % (60 of 2,000); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say a query by its name', () => {
    expect(say(CHECKOUT, { more: tally([50, 150, 20, 1]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0: 40 % of requests by the query checkout fail (20 of 50), baseline 2.3.9 0.67 % (1 of 150); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say probes, and what people met meanwhile', () => {
    expect(say(PROBES, { more: tally([3000, 3000, 90, 3]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0: 3 % of Slipway's probes fail (90 of 3,000), baseline 2.3.9 0.1 % (3 of 3,000); of people's requests the canary fails 0.2 % (1 of 500), the baseline 0.2 % (3 of 1,500); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
    expect(say(PROBE_TIMES, { more: tally([300, 300, 90, 12]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0: 30 % of Slipway's probes take longer than 300 ms (90 of 300), baseline 2.3.9 4 % (12 of 300); of people's requests the canary fails 0.2 % (1 of 500), the baseline 0.2 % (3 of 1,500); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say probes in the watch, where people are held against the ceiling', () => {
    const more = tally([3000, 3000, 90, 3]);
    const story = { more, failures: [2000, 0, 4, 0], over: { watch: true }, step: null } as const;
    expect(say(PROBES, story)).toMatchInlineSnapshot(
      `"Canary 2.4.0: 3 % of Slipway's probes fail (90 of 3,000), baseline 2.3.9 0.1 % (3 of 3,000); of people's requests the canary fails 0.2 % (4 of 2,000); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say a ceiling as that, and where it holds', () => {
    const more = tally([1000, 0, 90, 0]);
    const watched = metric({ ceilings: [0.03] });
    expect(say(watched, { more, over: { watch: true } })).toMatchInlineSnapshot(
      `"Canary 2.4.0 throws in 9 % of requests (90 of 1,000) in production, judged against a ceiling of 3 %, not against a baseline; the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
    const always = metric({ ceilings: [0.03], ceilingFrom: 'start' });
    expect(say(always, { more: tally([1000, 2000, 90, 170]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0 throws in 9 % of requests (90 of 1,000), judged against a ceiling of 3 %, not against a baseline; the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('say what only shows bin by bin', () => {
    const config: JudgeConfig = { ...CONFIG, share: 0.5, more: [EXCEPTIONS] };
    const given = [
      bin(0, HEALTHY, { more: [tally([20, 1980, 0, 150])] }),
      bin(1, HEALTHY, { more: [tally([1000, 1000, 40, 3])] }),
    ];
    expect(verdict({ config, bins: given }).sentence).toContain(
      ', the canary being the worse when',
    );
  });
});

describe('sentences beside probes', () => {
  it('say what came from probes and what from people', () => {
    const more = tally([3000, 3000, 2, 3]);
    expect(say(PROBES, { more, failures: BROKEN })).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 8 % of people's requests (40 of 500), baseline 2.3.9 0.2 % (3 of 1,500); of Slipway's probes the canary fails 0.067 % (2 of 3,000), the baseline 0.1 % (3 of 3,000); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
    expect(say(PROBES, { more })).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0.2 % of people's requests (1 of 500), baseline 2.3.9 0.2 % (3 of 1,500); of Slipway's probes the canary fails 0.067 % (2 of 3,000), the baseline 0.1 % (3 of 3,000); undecided: evidence of harm is 0.55 of the 100 needed, evidence of safety (not above 3 times the baseline's rate plus 0.08 percentage points) 4.5 of the 20 needed."`,
    );
    expect(say(PROBES, { more, failures: [0, 1500, 0, 3] })).toMatchInlineSnapshot(
      `"Canary 2.4.0 has no people's requests, baseline 2.3.9 0.2 % (3 of 1,500); of Slipway's probes the canary fails 0.067 % (2 of 3,000), the baseline 0.1 % (3 of 3,000); undecided: evidence of harm is 0.71 of the 100 needed, evidence of safety (not above 3 times the baseline's rate plus 0.08 percentage points) 4.2 of the 20 needed."`,
    );
  });

  it('say nothing of probes that were not sent yet', () => {
    expect(say(PROBES, { more: null })).not.toContain('of Slipway');
  });
});

describe('sentences when several metrics must certify', () => {
  it('say that all do, and which of them least', () => {
    const more = tally([3000, 3000, 1, 30]);
    const story = { more, failures: [3000, 3000, 0, 30] } as const;
    expect(say(EXCEPTIONS, story)).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0 % of requests (0 of 3,000), baseline 2.3.9 1 % (30 of 3,000); both metrics certify it, the least of them exceptions: the chance of evidence this good from a canary worse than 3 times the baseline's rate plus 0.08 percentage points is below 1 in 1,000,000,000."`,
    );
  });

  it('say which are short', () => {
    expect(say(EXCEPTIONS, { more: tally([500, 1500, 4, 3]) })).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0.2 % of requests (1 of 500), baseline 2.3.9 0.2 % (3 of 1,500); undecided: evidence of harm is 1.6 of the 100 needed, evidence of safety by exceptions (not above 3 times the baseline's rate plus 0.08 percentage points) 0.31 of the 20 needed, too little by failures as well."`,
    );
    const story = { more: tally([100, 100, 0, 0]), failures: [3000, 3000, 0, 30] } as const;
    expect(say(EXCEPTIONS, story)).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0 % of requests (0 of 3,000), baseline 2.3.9 1 % (30 of 3,000); undecided: evidence of harm is 0.64 of the 100 needed, evidence of safety by exceptions (not above 3 times the baseline's rate plus 0.08 percentage points) 1 of the 20 needed."`,
    );
  });

  it('speak of the first that certifies where request failures do not', () => {
    const config: JudgeConfig = { ...CONFIG, on: 'off', more: [{ ...LATENCY, share: 1 }] };
    const more = [tallies([1000, 2000], [300, 10], [600, 20])];
    const given = [bin(0, HEALTHY, { more })];
    expect(verdict({ config, bins: given }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0: 1 % of requests take longer than 500 ms (10 of 1,000), baseline 2.3.9 1 % (20 of 2,000); the chance of evidence this good from a canary worse than 3 times the baseline's rate plus 0.08 percentage points is below 1 in 36."`,
    );
    const none = [bin(0, HEALTHY, { more: [null] })];
    expect(verdict({ config, bins: none }).sentence).toMatchInlineSnapshot(
      `"No requests that could be judged of canary 2.4.0 have been seen, 1,500 of baseline 2.3.9, so nothing is judged."`,
    );
  });
});

describe('details', () => {
  const details = true;

  it('are not there unless asked for', () => {
    const found = verdict({ bins: bins([HEALTHY]) });
    expect(found).not.toHaveProperty('ratio');
    expect(found).not.toHaveProperty('outlook');
  });

  it('add the interval of the ratio to harm', () => {
    const found = verdict({ bins: bins([[1000, 2000, 39, 8]]), details });
    expect(found.ratio?.low).toBeGreaterThan(1);
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 3.9 % of requests (39 of 1,000), baseline 2.3.9 0.4 % (8 of 2,000); between 2.7 and 59 times as often; the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
    const long = Array.from({ length: 20 }, (): Quad => [1000, 2000, 39, 8]);
    expect(verdict({ bins: bins(long), details }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 3.9 % of requests (780 of 20,000), baseline 2.3.9 0.4 % (160 of 40,000); between 6.9 and 18 times as often; the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('add what is missing when undecided', () => {
    const found = verdict({ bins: bins([HEALTHY, HEALTHY]), details });
    expect(found.outlook?.bins).toBeGreaterThan(1);
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0.2 % of requests (2 of 1,000), baseline 2.3.9 0.2 % (6 of 3,000); at most 14 times as often; undecided: evidence of harm is 0.59 of the 100 needed, evidence of safety (not above 3 times the baseline's rate plus 0.08 percentage points) 2.5 of the 20 needed; about 1,800 more canary requests, some 4 min at the present traffic, until it can be certified."`,
    );
    expect(verdict({ bins: bins([[200, 1800, 9, 37]]), details }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 4.5 % of requests (9 of 200), baseline 2.3.9 2.1 % (37 of 1,800); between 0.4 and 7.5 times as often; undecided: evidence of harm is 2 of the 100 needed, evidence of safety (not above 3 times the baseline's rate plus 0.08 percentage points) 0.65 of the 20 needed; about 1,300 more canary requests at the present traffic, until it can be certified."`,
    );
  });

  it('say that it will never be', () => {
    const worse = Array.from({ length: 5 }, (): Quad => [200, 1800, 5, 20]);
    const config: JudgeConfig = { ...CONFIG, margins: [{ rho: 1, delta: 0 }] };
    const found = verdict({ config, bins: bins(worse), details });
    expect(found.outlook).toEqual({ requests: undefined, bins: undefined });
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 2.5 % of requests (25 of 1,000), baseline 2.3.9 1.1 % (100 of 9,000); between 0.89 and 4.9 times as often; undecided: evidence of harm is 31 of the 100 needed, evidence of safety (not above 1 times the baseline's rate) 0.016 of the 20 needed; at the rates seen so far it can never be certified."`,
    );
  });

  it('say before there is anything to go by that it is too early, not that it will never be', () => {
    const tooLittle = 'nobody can say yet when it can be certified.';
    const first = verdict({ bins: bins([[11, 51, 0, 0]], { final: false }), details });
    expect(first.outcome).toBe('undecided');
    expect(first.outlook?.early).toBe(true);
    expect(first.sentence).toMatch(new RegExp(`; ${tooLittle}$`));
    const unlucky = verdict({ bins: bins([[30, 570, 1, 0]]), details });
    expect(unlucky.sentence).toMatch(new RegExp(`; ${tooLittle}$`));
    for (const { sentence } of [first, unlucky]) expect(sentence).not.toContain('never');
  });

  it('leave out an interval that tells nothing: of harm below 1, else with one end below 1', () => {
    const few = verdict({ bins: bins([[11, 51, 2, 0]]), details });
    expect(few.ratio).toMatchObject({ high: Infinity });
    expect(few.ratio?.low).toBeLessThan(1);
    expect(few.sentence).toMatch(/\(0 of 51\); undecided: /);
    const harmed = verdict({ bins: bins([[5, 51, 3, 0]]), details });
    expect(harmed.outcome).toBe('harm');
    expect(harmed.ratio?.low).toBeLessThan(1);
    expect(harmed.sentence).not.toContain('times as often');
    expect(harmed.sentence).toContain('; the chance of evidence this strong');
  });

  it('give the outlook of the metric that is last to be certified, in canary requests', () => {
    const config: JudgeConfig = { ...CONFIG, share: 0.5, more: [CHECKOUT] };
    const given = [0, 1].map((i) =>
      bin(i, [3000, 3000, 0, 30], { more: [tally([300, 300, 0, 1])] }),
    );
    const found = verdict({ config, bins: given, details });
    const { requests = NaN, bins: more = NaN } = found.outlook ?? {};
    expect(requests / 3000).toBeLessThanOrEqual(more);
    expect(requests / 3000).toBeGreaterThan(more - 1);
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0 % of requests (0 of 6,000), baseline 2.3.9 1 % (60 of 6,000); at most 0.13 times as often; undecided: evidence of harm is 0.33 of the 100 needed, evidence of safety by checkout (not above 3 times the baseline's rate plus 0.08 percentage points) 11 of the 20 needed; about 310 more canary requests by the query checkout, some 2 min at the present traffic, until it can be certified by checkout."`,
    );
  });

  it('change neither outcome nor evidence', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 5 }), (quads) => {
        const { outcome, evidence, by, alerts } = verdict({ bins: bins(quads) });
        const told = verdict({ bins: bins(quads), details });
        expect(told).toMatchObject({ outcome, evidence, by, alerts });
      }),
    );
  });
});

describe('alerts', () => {
  it('say the metric, how sure it is, and that nothing is rolled back', () => {
    const config: JudgeConfig = { ...CONFIG, more: [{ ...CHECKOUT, on: 'notify' }] };
    const given = [bin(0, HEALTHY, { more: [tally([50, 150, 20, 1])] })];
    expect(verdict({ config, bins: given }).alerts).toMatchInlineSnapshot(`
      [
        {
          "name": "checkout",
          "sentence": "Canary 2.4.0: 40 % of requests by the query checkout fail (20 of 50), baseline 2.3.9 0.67 % (1 of 150); the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000; checkout only notifies, so nothing is rolled back for it.",
        },
      ]
    `);
  });
});

describe('every sentence', () => {
  const huge = fc.integer({ min: 1, max: 1e12 });
  const scaled = fc.tuple(anyQuad, huge).map(([quad, by]): Quad => {
    const [n, baseN, x, baseX] = quad;
    return [n * by, baseN * by, x * by, baseX * by];
  });

  it('stays under 500 characters, whatever the names, numbers and reasons', () => {
    const kinds = [EXCEPTIONS, DEPENDENCIES, CHECKOUT, LATENCY, PROBES, PROBE_TIMES];
    const name = fc.string({ minLength: 1, maxLength: 200 });
    const quads = fc.array(scaled, { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(
        quads,
        name,
        name,
        fc.boolean(),
        fc.boolean(),
        (given, canary, kql, off, blind) => {
          const [first = HEALTHY, ...others] = given;
          const config: JudgeConfig = {
            ...CONFIG,
            ...(off ? { on: 'off' } : { share: 0.4 }),
            more: kinds.map((one, i) => ({
              ...one,
              name: one.kind === 'kql' ? `q${kql}` : one.name,
              share: off ? 1 / 5 : 0.6 / 5,
              on: i === 0 ? 'notify' : 'rollback',
            })),
          };
          const more = others.map(([n, baseN, x, baseX], i) => {
            const measures = Array.from({ length: kinds[i]?.measures ?? 1 });
            return tallies(
              [n, baseN],
              measures.map(() => x),
              measures.map(() => baseX),
            );
          });
          const data = blind
            ? { kind: 'unavailable' as const, reason: 'x'.repeat(5000) }
            : undefined;
          const told = verdict({
            config,
            bins: [bin(0, first, { more })],
            versions: { canary, baseline: canary },
            details: true,
            ...(data === undefined ? {} : { data }),
          });
          for (const { sentence } of [told, ...(told.alerts ?? [])]) {
            expect(sentence.length).toBeLessThan(500);
            expect(sentence.endsWith('.')).toBe(true);
            expect(sentence.replaceAll(canary, '')).not.toMatch(/NaN|Infinity|∞|undefined|null/);
          }
        },
      ),
    );
  });
});
