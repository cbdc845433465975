import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificates } from '../../src/judge/certificates.ts';
import type { Bin, JudgeConfig, MetricConfig, Verdict } from '../../src/judge/types.ts';
import { anyQuad, bin, bins, CONFIG, metric, tally, verdict, type Quad } from './support.ts';

const HEALTHY: Quad = [500, 1500, 1, 3];
const SPOTLESS: Quad = [1000, 1000, 0, 10];
const BROKEN: Quad = [500, 1500, 40, 3];
const SILENT: Quad = [0, 0, 0, 0];

const EXCEPTIONS = metric({ name: 'exceptions', share: 0.3 });
const PROBES = metric({ name: 'probes', kind: 'probes', share: 0.2, comparesInWatch: true });
const THREE: JudgeConfig = { ...CONFIG, share: 0.5, more: [EXCEPTIONS, PROBES] };

type Row = [Quad, Quad, Quad];

/** One bin a row: request failures first, then the other metrics; null: not measured. */
function rows(given: readonly (readonly [Quad, ...(Quad | null)[]])[]): Bin[] {
  return given.map(([first, ...more], i) =>
    bin(i, first, { more: more.map((quad) => (quad === null ? null : tally(quad))) }),
  );
}

function three(...given: readonly (readonly [Quad, Quad | null, Quad | null])[]): Verdict {
  return verdict({ config: THREE, bins: rows(given) });
}

const anyRows = fc.array(fc.tuple(anyQuad, anyQuad, anyQuad), { minLength: 1, maxLength: 6 });

describe('harm of several metrics', () => {
  it('is the weighted mean of their e-values', () => {
    fc.assert(
      fc.property(anyRows, (given) => {
        const { evidence } = three(...given);
        const [exceptions, probes] = evidence.more ?? [];
        const mean =
          0.5 * Math.exp(evidence.own?.harm ?? NaN) +
          0.3 * Math.exp(exceptions?.harm ?? NaN) +
          0.2 * Math.exp(probes?.harm ?? NaN);
        if (mean < 1e300) expect(evidence.harm).toBeCloseTo(Math.log(mean), 8);
        expect(evidence.maxHarm).toBeGreaterThanOrEqual(evidence.harm);
      }),
    );
  });

  it.each([
    ['failures', [BROKEN, HEALTHY, HEALTHY]],
    ['exceptions', [HEALTHY, BROKEN, HEALTHY]],
    ['probes', [HEALTHY, HEALTHY, BROKEN]],
  ] as const)('is by %s when those are worse', (name, given) => {
    const found = three(given);
    expect([found.outcome, found.by]).toEqual(['harm', name]);
  });

  it('can come of metrics none of which would do alone', () => {
    const suspect: Quad = [500, 1500, 8, 2];
    const { outcome, evidence } = three([suspect, suspect, suspect]);
    const alone = [evidence.own, ...(evidence.more ?? [])].map((one) => one?.maxHarm ?? NaN);
    const weighed = [0.5, 0.3, 0.2].map((share, i) => share * Math.exp(alone[i] ?? NaN));
    expect(Math.max(...weighed)).toBeLessThan(100);
    expect(outcome).toBe('harm');
  });

  it('is latched, with the metric that made it', () => {
    const good = Array.from({ length: 40 }, (): [Quad, Quad, Quad] => [
      [2000, 2000, 0, 40],
      [2000, 2000, 0, 40],
      [2000, 2000, 0, 40],
    ]);
    const found = three([HEALTHY, BROKEN, HEALTHY], ...good);
    expect(found.evidence.harm).toBeLessThan(found.evidence.harmThreshold);
    expect([found.outcome, found.by]).toEqual(['harm', 'exceptions']);
  });

  it('changes by its share only through a metric that is never measured', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 6 }), (quads) => {
        const config = { ...CONFIG, share: 0.5, more: [metric()] };
        const alone = verdict({ bins: bins(quads) }).evidence.harm;
        const given = rows(quads.map((quad) => [quad, null]));
        const { harm, more } = verdict({ config, bins: given }).evidence;
        expect(more?.[0]).toMatchObject({ harm: 0, maxHarm: 0 });
        if (alone < 600) expect(harm).toBeCloseTo(Math.log(0.5 * Math.exp(alone) + 0.5), 9);
      }),
    );
  });

  it('does not depend on the order of the metrics', () => {
    fc.assert(
      fc.property(anyRows, (given) => {
        const forward = three(...given);
        const config = { ...THREE, more: [PROBES, EXCEPTIONS] };
        const turned = verdict({ config, bins: rows(given.map(([a, b, c]) => [a, c, b])) });
        expect(turned.outcome).toBe(forward.outcome);
        const { harm, maxHarm } = forward.evidence;
        expect(turned.evidence.harm).toBeCloseTo(harm, 9);
        expect(turned.evidence.maxHarm).toBeCloseTo(maxHarm, 9);
        expect(turned.evidence.more?.toReversed()).toEqual(forward.evidence.more);
      }),
    );
  });

  it('is exactly that of request failures where there is nothing else', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { maxLength: 6 }), (quads) => {
        const plain = verdict({ bins: bins(quads) });
        const spelled: JudgeConfig = {
          ...CONFIG,
          on: 'rollback',
          share: 1,
          ceilingFrom: 'watch',
          more: [],
        };
        expect(verdict({ config: spelled, bins: bins(quads) })).toEqual(plain);
        expect([plain.by, plain.alerts]).toEqual(['failures', []]);
        expect(plain.evidence).not.toHaveProperty('more');
      }),
    );
  });

  it('counts nothing of request failures that are off', () => {
    const config: JudgeConfig = { ...CONFIG, on: 'off', more: [metric({ share: 1 })] };
    const found = verdict({ config, bins: rows([[BROKEN, HEALTHY]]) });
    expect(found.outcome).toBe('undecided');
    expect(found.evidence.own).toEqual({ harm: 0, maxHarm: 0 });
    expect(found.evidence.canary.failures).toBe(40);
  });

  it('holds request failures against their ceiling from the first bin on when told to', () => {
    const over = bins([
      [500, 1500, 60, 180],
      [500, 1500, 60, 180],
    ]);
    const config: JudgeConfig = { ...CONFIG, ceilingFrom: 'start', ceiling: 0.05 };
    expect(verdict({ bins: over }).outcome).not.toBe('harm');
    const found = verdict({ config, bins: over });
    expect(found.outcome).toBe('harm');
    expect(found.evidence.canary).toEqual({ requests: 1000, failures: 120, items: 1000 });
    expect(found.sentence).toContain(
      'Canary 2.4.0 fails 12 % of requests (120 of 1,000), judged against a ceiling of 5 %, not',
    );
  });
});

describe('certified by several metrics', () => {
  const good = Array.from({ length: 3 }, (): [Quad, Quad, Quad] => [SPOTLESS, SPOTLESS, SPOTLESS]);

  it('is what each of them certifies', () => {
    expect(three(...good).outcome).toBe('certified');
    expect(three(...good.map(([a, , c]): Row => [a, HEALTHY, c])).outcome).toBe('undecided');
  });

  it("takes probes for people's requests where there are few, and never for another metric", () => {
    const people = good.map(([, b]): Row => [SPOTLESS, b, HEALTHY]);
    const probes = good.map(([, b, c]): Row => [HEALTHY, b, c]);
    const neither = good.map(([, b]): Row => [HEALTHY, b, HEALTHY]);
    expect(three(...people).outcome).toBe('certified');
    expect(three(...probes).outcome).toBe('certified');
    expect(three(...neither).outcome).toBe('undecided');
    expect(three(...good.map(([a, , c]): Row => [a, HEALTHY, c])).outcome).toBe('undecided');
  });

  it("does not take probes for people's requests that speak against it", () => {
    const worse: Quad = [500, 1500, 4, 3];
    const given = good.map(([, b, c]): Row => [worse, b, c]);
    const { outcome, evidence } = three(...given);
    expect(outcome).toBe('undecided');
    expect(certificates(THREE, evidence, 0).map(({ name }) => name)).toContain('probes');
  });

  it("does not take people's requests for probes that speak against it", () => {
    const worse: Quad = [500, 1500, 4, 3];
    const given = good.map(([a, b]): Row => [a, b, worse]);
    const { outcome, evidence } = three(...given);
    const [own, probes] = [evidence.certify[0], evidence.more?.[1]?.certify[0]];
    // The mean of the two would do.
    expect((Math.exp(own ?? NaN) + Math.exp(probes ?? NaN)) / 2).toBeGreaterThan(20);
    expect(outcome).toBe('undecided');
    expect(certificates(THREE, evidence, 0).map(({ name }) => name)).toContain('probes');
  });

  it('certifies never more often than the mean alone, an e-value, would', () => {
    const spotless = fc
      .integer({ min: 1, max: 6 })
      .map((by): Quad => [400 * by, 400 * by, 0, 4 * by]);
    const failing = fc.tuple(spotless, fc.nat(3)).map(([[n, m, , x], bad]): Quad => [n, m, bad, x]);
    const row = fc.tuple(failing, spotless, failing);
    let certified = 0;
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (given) => {
        const { outcome, evidence } = three(...given);
        if (outcome !== 'certified') return;
        certified += 1;
        const [own = NaN, probes = NaN] = [evidence.certify[0], evidence.more?.[1]?.certify[0]];
        expect((Math.exp(own) + Math.exp(probes)) / 2).toBeGreaterThanOrEqual(20 - 1e-9);
        const both = own >= evidence.certifyThreshold && probes >= evidence.certifyThreshold;
        expect(both || Math.min(own, probes) >= Math.log(0.25)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(certified).toBeGreaterThan(20);
  });

  it("counts people's requests and probes as the mean of their e-values", () => {
    const given = good.map(([a, b]): Row => [a, b, HEALTHY]);
    const { evidence } = three(...given);
    const [joint] = certificates(THREE, evidence, 0);
    const [own = NaN, probes = NaN] = [evidence.certify[0], evidence.more?.[1]?.certify[0]];
    expect(joint?.logE).toBeCloseTo(Math.log((Math.exp(own) + Math.exp(probes)) / 2), 9);
  });

  it('does not ask those that only notify, have no margins, or are off', () => {
    const unasked: Partial<MetricConfig>[] = [{ on: 'notify' }, { margins: [] }];
    for (const over of unasked) {
      const share = over.on === 'notify' ? 1 : 0.5;
      const config = { ...CONFIG, share, more: [metric(over)] };
      const given = rows(good.map(() => [SPOTLESS, HEALTHY]));
      expect(verdict({ config, bins: given }).outcome).toBe('certified');
    }
    const config: JudgeConfig = { ...CONFIG, on: 'notify', more: [metric({ share: 1 })] };
    const given = rows(good.map(() => [[1000, 1000, 10, 10], SPOTLESS]));
    expect(verdict({ config, bins: given }).outcome).toBe('certified');
  });

  it('is nothing without any metric that could', () => {
    const config: JudgeConfig = { ...CONFIG, on: 'off', more: [metric({ share: 1, margins: [] })] };
    const given = rows(good.map(() => [SPOTLESS, SPOTLESS]));
    expect(verdict({ config, bins: given, step: 0 }).outcome).toBe('undecided');
  });

  it('asks without a baseline version for the ceiling, and for probes where a step is named', () => {
    const ceiling: JudgeConfig = { ...THREE, mode: 'ceiling' };
    const given = rows(good.map(() => [[1000, 0, 2, 0], null, HEALTHY]));
    expect(verdict({ config: ceiling, bins: given, step: null }).outcome).toBe('certified');
    expect(verdict({ config: ceiling, bins: given, step: 0 }).outcome).toBe('undecided');
    const probed = rows(good.map(() => [[1000, 0, 2, 0], null, SPOTLESS]));
    expect(verdict({ config: ceiling, bins: probed, step: 0 }).outcome).toBe('certified');
  });
});

describe('no data', () => {
  it('is neither people nor probes, which stand for them', () => {
    expect(three([SILENT, HEALTHY, SILENT]).outcome).toBe('no-data');
    expect(three([SILENT, SILENT, HEALTHY]).outcome).toBe('undecided');
    expect(three([SILENT, SILENT, BROKEN]).outcome).toBe('harm');
  });

  it('is told by what can roll back, where request failures cannot', () => {
    const config: JudgeConfig = { ...CONFIG, on: 'notify', more: [metric({ share: 1 })] };
    expect(verdict({ config, bins: rows([[SILENT, HEALTHY]]) }).outcome).toBe('undecided');
    expect(verdict({ config, bins: rows([[HEALTHY, null]]) }).outcome).toBe('no-data');
  });
});

describe('alerts', () => {
  const config: JudgeConfig = { ...CONFIG, more: [metric({ on: 'notify' })] };
  const good: [Quad, Quad] = [HEALTHY, [2000, 2000, 0, 60]];

  it('are for metrics that only notify, and never roll back', () => {
    const found = verdict({ config, bins: rows([[HEALTHY, BROKEN]]) });
    expect(found.outcome).toBe('undecided');
    expect(found.alerts?.map(({ name }) => name)).toEqual(['exceptions']);
    expect(found.evidence.harm).toBe(found.evidence.own?.harm);
    expect(verdict({ config, bins: rows([good]) }).alerts).toEqual([]);
  });

  it('are latched', () => {
    const given = rows([[HEALTHY, BROKEN], ...Array.from({ length: 40 }, () => good)]);
    const found = verdict({ config, bins: given });
    expect(found.evidence.more?.[0]?.harm).toBeLessThan(found.evidence.harmThreshold);
    expect(found.alerts).toHaveLength(1);
  });

  it('come of request failures, too, when those only notify', () => {
    const notify: JudgeConfig = { ...CONFIG, on: 'notify', more: [metric({ share: 1 })] };
    const found = verdict({ config: notify, bins: rows([[BROKEN, HEALTHY]]) });
    expect(found.outcome).toBe('undecided');
    expect(found.alerts?.map(({ name }) => name)).toEqual(['failures']);
  });
});
