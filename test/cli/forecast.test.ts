// What many simulated releases amount to: sums, bounds, advice, and the table.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';

import { advice } from '../../src/cli/forecast-advice.ts';
import { forecast, upperBound } from '../../src/cli/forecast-result.ts';
import { forecastText } from '../../src/cli/forecast-table.ts';
import { question } from '../support/forecast-samples.ts';
import { samplePlan } from '../support/release-samples.ts';

describe('a forecast', () => {
  const found = forecast(question());

  it('is the same by the same seed, and another by another', () => {
    expect(forecast(question())).toEqual(found);
    expect(forecast(question({ seed: 2 }))).not.toEqual(found);
  });

  it('is plain JSON: nothing of it is lost on the way', () => {
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(found).toMatchObject({
      plan: 'standard',
      requestsPerMinute: 2000,
      failureRate: 0.001,
      seed: 1,
    });
    expect(found.good.steps.map(({ weight }) => weight)).toEqual([5, 25, 50]);
    expect(found.regressions.map(({ ratio }) => ratio)).toEqual([2, 20]);
  });

  it('accounts for every release', () => {
    for (const one of forecast(question({ regressions: [1.5, 2, 5, 20] })).regressions) {
      const { rolledBack, rolledBackInWatch, pausedForPerson, undecidedRollback, unseen } = one;
      const all = rolledBack + rolledBackInWatch + pausedForPerson + undecidedRollback + unseen;
      expect(all).toBeCloseTo(1, 9);
      expect(one.runs).toBe(60);
    }
  });

  it('tells good from bad: good ones get there, bad ones are taken back the sooner the worse', () => {
    const { good, regressions } = found;
    expect(good.promoted).toBeGreaterThan(0.9);
    expect(good.toProduction.median).toBeGreaterThanOrEqual(45);
    const [twice, twenty] = regressions;
    expect(twenty?.rolledBack).toBe(1);
    expect(twenty?.minutes.median).toBeLessThan(twice?.minutes.median ?? NaN);
    expect(twenty?.harmed.mean).toBeLessThan(twice?.harmed.mean ?? NaN);
  });

  it('counts a release that is not certified as longer than all others', () => {
    const quiet = forecast(question({ requestsPerMinute: 20, regressions: [] })).good;
    for (const step of quiet.steps) {
      expect(step).toMatchObject({ notCertified: 1, never: true });
      expect(step.certified).toEqual({ median: null, p90: null });
    }
  });

  it('stops at its share of bins, but not before a median means something', () => {
    const { good } = forecast(question({ runs: 1000, binsAtMost: 1, regressions: [] }));
    expect(good.runs).toBe(20);
  });

  it('tells how far it is', () => {
    const told: number[] = [];
    forecast(question({ runs: 20 }), (done) => told.push(done));
    expect(told).toHaveLength(60);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBeCloseTo(1, 9);
  });
});

describe('the bound of a chance', () => {
  it.each([
    [0, 1000, 0.003],
    [1, 1000, 0.0047],
    [10, 1000, 0.0169],
    [500, 1000, 0.526],
    [1000, 1000, 1],
  ])('%d of %d: below %d', (count, of, bound) => {
    expect(upperBound(count, of)).toBeCloseTo(bound, 3);
  });
});

describe('advice', () => {
  const quiet = question({ requestsPerMinute: 20, regressions: [] });

  it('is silent where most good versions are certified', () => {
    expect(advice(question(), forecast(question()))).toEqual([]);
  });

  it('says why a quiet app never certifies, what the plan does then, and what would be enough', () => {
    const said = advice(quiet, forecast(quiet));
    expect(said).toHaveLength(4);
    for (const [index, weight] of [5, 25, 50].entries()) {
      expect(said[index]).toMatch(
        new RegExp(
          `^At ${weight} %, a good version is never certified within 30 min: .* \\(rule of three:`,
        ),
      );
    }
    expect(said[3]).toContain('Then the plan goes on, not certified.');
    expect(said[3]).toContain('paired probes');
  });

  it('of a plan that has probes does not ask for probes', () => {
    const probes = { requests: [{ path: '/' }] };
    const probing = { ...quiet, plan: samplePlan({ preset: 'standard', probes }) };
    const said = advice(probing, forecast(probing)).join(' ');
    expect(said).not.toContain('paired probes');
    expect(said).toMatch(/% of good versions are not certified within 30 min: it typically takes/);
  });

  it('says that a multiple of nothing is nothing', () => {
    const clean = question({ failureRate: 0, runs: 20 });
    expect(advice(clean, forecast(clean)).join('\n')).toContain('Nothing fails now');
    const alone = { ...clean, regressions: [] };
    expect(advice(alone, forecast(alone)).join('\n')).not.toContain('Nothing fails now');
  });

  it('says when even good versions are above the ceiling', () => {
    const failing = question({ failureRate: 0.03, regressions: [], runs: 20 });
    const found = forecast(failing);
    expect(found.good.falseRollback.count).toBeGreaterThan(15);
    expect(advice(failing, found).join('\n')).toContain('the ceiling is 2 %');
  });

  it('is true: what it says is enough is enough in about 9 of 10', () => {
    const said = advice(quiet, forecast(quiet)).at(-1) ?? '';
    const absolute = Number(/budget\.absolute of ([\d.]+)/.exec(said)?.[1]);
    const traffic = Number(/([\d,]+) requests a minute/.exec(said)?.[1]?.replace(',', ''));
    const plan = samplePlan({ preset: 'standard', analysis: { budget: { absolute } } });
    for (const changed of [{ plan }, { requestsPerMinute: traffic }]) {
      const { steps } = forecast({ ...quiet, ...changed, runs: 200 }).good;
      expect(steps.length).toBe(3);
      for (const { notCertified } of steps) expect(notCertified).toBeLessThan(0.15);
    }
  });
});

describe('the table', () => {
  const found = forecast(question());
  const { plan } = question();
  const plain = forecastText(found, { plan, advice: ['Mind this.'], colors: false });

  it('has a line for each step and each regression', () => {
    for (const text of ['│ 5 % ', '│ 25 % ', '│ 50 % ', '│ 2x (0.2 %) ', '│ 20x (2 %) ']) {
      expect(plain).toContain(text);
    }
    expect(plain).toContain('Taken back by mistake: 0 of 60; the chance of it is below 4.9 %');
    expect(plain).toContain('! Mind this.');
    expect(plain).not.toContain('Assumed');
  });

  it('says what it assumed of the other metrics', () => {
    const metrics = { exceptions: 'notify', latency: 'rollback' };
    const plan = samplePlan({ preset: 'fast', analysis: { metrics }, probes: {} });
    const asked = question({ plan, runs: 20, othersRate: 0.01 });
    const text = forecastText(forecast(asked), { plan, advice: [], colors: false });
    const [, assumed = ''] = text.split('Assumed of the other metrics of this plan:');
    expect(assumed.trim().split('\n')).toEqual([
      "- probes, 5 a second to each version, fail as often as people's requests, those of a bad version too",
      '- exceptions (only told): bad in 1 % of the requests, whichever version (--others)',
      '- latency: half of the answers within 100 ms, 0.3 % over a second, whichever version',
    ]);
  });

  it('says what its factors and shares are of', () => {
    expect(plain).toContain(
      'so many times as often as the present one (0.1 %); shares are of 60 releases of each.',
    );
  });

  it('has colours only where they are wanted, and the same words', () => {
    expect(stripVTControlCharacters(plain)).toBe(plain);
  });

  it('of a plan without steps has none', () => {
    const blue = { ...question(), plan: samplePlan('blue-green') };
    const text = forecastText(forecast(blue), { plan: blue.plan, advice: [], colors: false });
    expect(text).toContain('A good version is production at once');
    expect(text).not.toContain('a good version at');
  });
});
