import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldHarm, startHarm } from '../../src/judge/harm.ts';
import { mixtureOf } from '../../src/judge/mixture.ts';
import type { Bin, JudgeConfig } from '../../src/judge/types.ts';
import { anyQuad, arms, bin, BIN_MS, bins, CONFIG, verdict, type Quad } from './support.ts';
import { VECTORS } from './vectors.ts';

const HEALTHY: Quad = [500, 1500, 1, 3];
const SPOTLESS: Quad = [1000, 1000, 0, 10];
const BROKEN: Quad = [500, 1500, 40, 3];
const SILENT: Quad = [0, 0, 0, 0];

const CEILING: JudgeConfig = { ...CONFIG, mode: 'ceiling', margins: [] };

/** Repeats a bin. */
function times(count: number, quad: Quad): Quad[] {
  return Array.from({ length: count }, () => quad);
}

function watchBins(from: number, quads: readonly Quad[]): Bin[] {
  return quads.map((quad, i) => bin(from + i, quad, { watch: true }));
}

describe('judge: outcomes', () => {
  it.each([
    ['harm', [HEALTHY, BROKEN]],
    ['certified', times(3, SPOTLESS)],
    ['undecided', [HEALTHY]],
    ['no-data', [SILENT, [0, 1500, 0, 3]]],
    ['no-data', []],
  ] as const)('is %s', (outcome, quads) => {
    expect(verdict({ bins: bins(quads) }).outcome).toBe(outcome);
  });

  it.each([
    ['harm', [[1000, 0, 60, 0]]],
    ['certified', [[1000, 0, 2, 0]]],
    ['undecided', [[100, 0, 1, 0]]],
    ['no-data', [SILENT]],
  ] as const)('is %s against a ceiling of 2 %%, without a baseline', (outcome, quads) => {
    expect(verdict({ config: CEILING, step: null, bins: bins(quads) }).outcome).toBe(outcome);
  });

  it('computes the evidence of the reference vectors for counts that are judged by themselves', () => {
    const quads = VECTORS.map(({ counts }) => counts);
    const { evidence } = verdict({
      config: { ...CONFIG, watchFollows: false },
      bins: bins(quads),
    });
    expect(evidence.harm).toBeCloseTo(VECTORS.at(-1)?.harmDefaults ?? NaN, 9);
  });

  it('bets more on harm from the start in a release, and keeps 0.2 for the ceiling', () => {
    const quads = VECTORS.map(({ counts }) => counts);
    const { evidence } = verdict({ bins: bins(quads) });
    const alone = startHarm({ ...CONFIG, mixture: mixtureOf(true) });
    for (const quad of quads) foldHarm(alone, arms(quad));
    expect(evidence.concurrent).toBe(alone.value.ln);
    expect(evidence.harm).toBeCloseTo(Math.log(0.8 * Math.exp(alone.value.ln) + 0.2), 9);
    expect(evidence.ceiling).toBe(0);
    expect(evidence.harmThreshold).toBeCloseTo(Math.log(100), 12);
    expect(evidence.certifyThreshold).toBeCloseTo(Math.log(20), 12);
  });

  it('sums rows and items of judged bins', () => {
    const given = [...bins([HEALTHY, SILENT]), bin(2, BROKEN, { final: false })];
    const { evidence } = verdict({ bins: [...given, bin(3, BROKEN, { judged: false })] });
    expect(evidence.canary).toEqual({ requests: 1000, failures: 41, items: 1000 });
    expect(evidence.baseline).toEqual({ requests: 3000, failures: 6, items: 3000 });
    expect([evidence.bins, evidence.finalBins]).toEqual([3, 2]);
  });

  it('is a pure function: the same bins give the same verdict, and none of them is changed', () => {
    const given = bins([HEALTHY, BROKEN]).map((one) => Object.freeze(one));
    expect(verdict({ bins: given })).toEqual(verdict({ bins: given }));
  });
});

describe('judge: order when several hold', () => {
  const certifiedThenBroken = bins([...times(30, SPOTLESS), ...times(2, [1000, 1000, 45, 10])]);

  it('harm before certified', () => {
    const { outcome, evidence } = verdict({ bins: certifiedThenBroken });
    expect(evidence.certify[0]).toBeGreaterThan(evidence.certifyThreshold);
    expect(outcome).toBe('harm');
  });

  it('harm before no-data: a step without rows does not take harm back', () => {
    const sinceMs = 100 * BIN_MS;
    expect(verdict({ bins: certifiedThenBroken, sinceMs }).outcome).toBe('harm');
  });

  it('no-data before certified: nothing is certified by the rows of an earlier step', () => {
    const good = bins(times(3, SPOTLESS));
    expect(verdict({ bins: good, sinceMs: 2 * BIN_MS }).outcome).toBe('certified');
    expect(verdict({ bins: good, sinceMs: 3 * BIN_MS }).outcome).toBe('no-data');
  });

  it.each([
    ['harm', certifiedThenBroken],
    ['certified', bins(times(3, SPOTLESS))],
    ['no-data', []],
  ])('unavailable before %s, with the evidence computed all the same', (outcome, given) => {
    const seen = verdict({ bins: given });
    expect(seen.outcome).toBe(outcome);
    const blind = verdict({ bins: given, data: { kind: 'unavailable', reason: 'throttled' } });
    expect(blind.outcome).toBe('unavailable');
    expect(blind.evidence).toEqual(seen.evidence);
  });

  it.each([
    ['harm', certifiedThenBroken, 'harm'],
    ['certified', bins(times(3, SPOTLESS)), 'unavailable'],
    ['no-data', [], 'unavailable'],
  ])('incomplete after harm and before the rest: %s', (_outcome, given, told) => {
    const data = { kind: 'incomplete', reason: 'checkout could not be read' } as const;
    const found = verdict({ bins: given, data });
    expect(found.outcome).toBe(told);
    expect(found.sentence.includes(data.reason)).toBe(told === 'unavailable');
    expect(found.evidence).toEqual(verdict({ bins: given }).evidence);
  });
});

describe('judge: harm is latched', () => {
  it('at the first bin that shows it: good bins afterwards do not take it back', () => {
    const given = bins([BROKEN, ...times(60, [2000, 2000, 0, 40])]);
    const { outcome, evidence } = verdict({ bins: given });
    expect(evidence.harm).toBeLessThan(evidence.harmThreshold);
    expect(evidence.maxHarm).toBeGreaterThanOrEqual(evidence.harmThreshold);
    expect(outcome).toBe('harm');
  });

  it('so the verdict on any prefix being harm makes every longer one harm', () => {
    fc.assert(
      fc.property(fc.array(anyQuad, { minLength: 1, maxLength: 12 }), (quads) => {
        const given = bins(quads);
        const found = given.map((_, i) => verdict({ bins: given.slice(0, i + 1) }));
        const first = found.findIndex(({ outcome }) => outcome === 'harm');
        const after = first === -1 ? [] : found.slice(first);
        expect(after.every(({ outcome }) => outcome === 'harm')).toBe(true);
        const highest = Math.max(0, ...found.map(({ evidence }) => evidence.harm));
        expect(found.at(-1)?.evidence.maxHarm).toBe(highest);
      }),
    );
  });
});

describe('judge: final and provisional bins', () => {
  it('shows harm from provisional bins', () => {
    expect(verdict({ bins: bins([HEALTHY, BROKEN], { final: false }) }).outcome).toBe('harm');
  });

  it('certifies from final bins only', () => {
    const provisional = bins(times(3, SPOTLESS), { final: false });
    const { outcome, evidence } = verdict({ bins: provisional });
    expect(outcome).toBe('undecided');
    expect(evidence.certify[0]).toBeCloseTo(0, 12);
    const open = { config: CEILING, step: null, bins: provisional };
    expect(verdict(open).evidence.certifyCeiling).toBeCloseTo(0, 12);
  });
});

describe('judge: bins that are not judged', () => {
  it('weigh exactly as much as bins without data, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuad, { maxLength: 6 }),
        anyQuad,
        fc.boolean(),
        (quads, any, watch) => {
          const at = quads.length;
          const skipped = [...bins(quads), bin(at, any, { judged: false, watch })];
          const silent = [...bins(quads), bin(at, SILENT, { watch })];
          const { bins: n1, finalBins: f1, ...left } = verdict({ bins: skipped }).evidence;
          const { bins: n2, finalBins: f2, ...right } = verdict({ bins: silent }).evidence;
          expect(left).toEqual(right);
          expect([n2 - n1, f2 - f1]).toEqual([1, 1]);
        },
      ),
    );
  });

  it('move the index of the start-time mixture on, as any bin does', () => {
    const paused = [...bins(times(20, HEALTHY), { judged: false }), bin(20, BROKEN)];
    const silent = [...bins(times(20, SILENT)), bin(20, BROKEN)];
    expect(verdict({ bins: paused }).evidence.harm).toBe(verdict({ bins: silent }).evidence.harm);
    const atOnce = verdict({ bins: [bin(0, BROKEN)] }).evidence.harm;
    expect(verdict({ bins: paused }).evidence.harm).toBeGreaterThan(atOnce);
  });
});

describe('judge: steps', () => {
  it('never reset the evidence: it depends on neither the step nor its start', () => {
    const config = {
      ...CONFIG,
      margins: [
        { rho: 3, delta: 0.004 },
        { rho: 1.5, delta: 0.001 },
      ],
    };
    const given = bins([HEALTHY, SPOTLESS, [1000, 1000, 4, 2]]);
    const first = verdict({ config, bins: given, step: 0 });
    const second = verdict({ config, bins: given, step: 1, sinceMs: 2 * BIN_MS });
    expect(second.evidence).toEqual(first.evidence);
  });

  it('decide by their own margin', () => {
    const config = {
      ...CONFIG,
      margins: [
        { rho: 3, delta: 0.01 },
        { rho: 1.01, delta: 0 },
      ],
    };
    const given = bins(times(3, SPOTLESS));
    expect(verdict({ config, bins: given, step: 0 }).outcome).toBe('certified');
    expect(verdict({ config, bins: given, step: 1 }).outcome).not.toBe('harm');
    const [wide = 0, narrow = 0] = verdict({ config, bins: given, step: 1 }).evidence.certify;
    expect(narrow).toBeLessThan(wide);
    expect(verdict({ config, bins: given, step: null }).outcome).toBe('undecided');
  });
});

describe('judge: the watch', () => {
  const ramp = bins(times(10, HEALTHY));

  it('leaves the comparison with the baseline exactly where it stood', () => {
    const before = verdict({ bins: ramp }).evidence.concurrent;
    const given = [...ramp, ...watchBins(10, times(20, [2000, 0, 100, 0]))];
    expect(verdict({ bins: given }).evidence.concurrent).toBe(before);
  });

  it('finds harm by the ceiling, which a comparison cannot see', () => {
    const bad = watchBins(10, times(2, [2000, 0, 160, 0]));
    const { outcome, evidence } = verdict({ bins: [...ramp, ...bad], step: null });
    expect(outcome).toBe('harm');
    expect(evidence.ceiling).toBeGreaterThan(evidence.harmThreshold);
    const mixed = 0.8 * Math.exp(evidence.concurrent) + 0.2 * Math.exp(evidence.ceiling);
    expect(evidence.harm).toBeCloseTo(Math.log(mixed), 9);
  });

  it('does not hold the ramp against the ceiling', () => {
    const overCeiling = bins(times(10, [100, 1900, 6, 114]));
    const { evidence, outcome } = verdict({ bins: overCeiling });
    expect([evidence.ceiling, evidence.certifyCeiling]).toEqual([0, expect.closeTo(0, 12)]);
    expect(outcome).not.toBe('harm');
  });

  it('gives the ceiling the horizon that is left when the canary becomes production', () => {
    const watched: Quad[] = [
      [2000, 0, 30, 0],
      [2000, 0, 50, 0],
    ];
    const harmNull = { rho: 0, delta: CONFIG.ceiling, phi: 1, horizonBins: 60 - 10 };
    const alone = startHarm({ ...harmNull, mixture: mixtureOf(true) });
    for (const quad of watched) foldHarm(alone, arms(quad));
    const given = [...ramp, ...watchBins(10, watched)];
    expect(verdict({ bins: given, step: null }).evidence.ceiling).toBe(alone.value.ln);
  });

  it('holds nothing against the ceiling once the canary is no longer production', () => {
    const given = [...ramp, ...watchBins(10, [[2000, 0, 30, 0]])];
    const { ceiling } = verdict({ bins: given }).evidence;
    const swappedBack = [...given, bin(11, [100, 1900, 90, 1700])];
    expect(verdict({ bins: swappedBack }).evidence.ceiling).toBe(ceiling);
  });

  it('sees late harm although pauses used up the planned horizon', () => {
    const paused = Array.from({ length: 90 }, (_, i) => bin(10 + i, SILENT, { judged: false }));
    const good = watchBins(100, times(20, [2000, 0, 10, 0]));
    const bad = watchBins(120, times(2, [2000, 0, 160, 0]));
    const given = [...ramp, ...paused, ...good, ...bad];
    expect(verdict({ bins: given.slice(0, -2), step: null }).outcome).toBe('undecided');
    expect(verdict({ bins: given, step: null }).outcome).toBe('harm');
  });

  it('keeps the ramp evidence: what was nearly harm needs less afterwards', () => {
    const suspicious = bins([[100, 1900, 4, 6]]);
    const rising = watchBins(1, [[1000, 0, 40, 0]]);
    const suspected = verdict({ bins: [...suspicious, ...rising] }).evidence;
    const trusted = verdict({ bins: [...bins([SPOTLESS]), ...rising] }).evidence;
    expect(suspected.harm).toBeGreaterThan(trusted.harm);
    expect(suspected.ceiling).toBe(trusted.ceiling);
  });
});

describe('judge: shared trouble', () => {
  it('is no harm: both versions fail ten times as often for a while', () => {
    const incident: Quad = [500, 1500, 50, 150];
    expect(verdict({ bins: bins([HEALTHY, ...times(5, incident), HEALTHY]) }).outcome).not.toBe(
      'harm',
    );
  });
});
