import { describe, expect, it } from 'vitest';
import { JudgeInputError } from '../../src/judge/errors.ts';
import type { Bin, JudgeConfig, MetricConfig } from '../../src/judge/types.ts';
import { bin, CONFIG, metric, tallies, tally, verdict } from './support.ts';

function refusal(run: () => unknown): JudgeInputError {
  try {
    run();
  } catch (error) {
    if (error instanceof JudgeInputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('judge: impossible bins', () => {
  const good = bin(0, [10, 10, 0, 0]);
  const counts = { requests: 10, failures: 1, items: 10 };
  const cases: [string, Partial<Bin>, string][] = [
    ['more failures than requests', { canary: { ...counts, failures: 11 } }, 'failures=11'],
    ['NaN requests', { canary: { ...counts, requests: NaN } }, 'requests=NaN'],
    ['NaN failures', { baseline: { ...counts, failures: NaN } }, 'the baseline has'],
    ['negative failures', { canary: { ...counts, failures: -1 } }, 'failures=-1'],
    ['negative requests', { canary: { ...counts, requests: -5, failures: -6 } }, 'requests=-5'],
    ['endless requests', { baseline: { ...counts, requests: Infinity } }, 'requests=Infinity'],
    ['negative items', { canary: { ...counts, items: -1 } }, 'items=-1'],
    ['NaN items', { canary: { ...counts, items: NaN } }, 'items=NaN'],
    ['half a failure', { canary: { ...counts, failures: 0.5 } }, 'failures must be a whole number'],
    ['half a request', { canary: { ...counts, requests: 10.5 } }, 'requests must be a whole'],
    ['half an item', { canary: { ...counts, items: 10.5 } }, 'items must be a whole number'],
    ['counts beyond 2^53 - 1', { baseline: { ...counts, requests: 2 ** 53 } }, '9007199254740991'],
    ['the same start as the bin before', { startMs: 0 }, 'startMs is 0'],
    ['a start before the bin before', { startMs: -60_000 }, 'startMs is -60000'],
    ['no start', { startMs: NaN }, 'startMs is NaN'],
  ];

  it.each(cases)('refuses %s and names the bin', (_, over, message) => {
    const error = refusal(() => verdict({ bins: [good, bin(1, [1, 1, 0, 0], over)] }));
    expect(error.code).toBe('judge-input');
    expect(error.name).toBe('JudgeInputError');
    expect(error.message).toContain('Bin 1');
    expect(error.message).toContain(message);
  });

  it('refuses them in bins that are not judged, too', () => {
    const over = { judged: false, canary: { ...counts, failures: 11 } };
    expect(refusal(() => verdict({ bins: [bin(0, [1, 1, 0, 0], over)] })).message).toContain(
      'Bin 0',
    );
  });
});

describe('judge: impossible counts of a metric', () => {
  const latency = metric({ name: 'latency', kind: 'latency', measures: 2, edges: [100, 500] });
  const config = { ...CONFIG, share: 0.5, more: [latency] };
  const good = tallies([10, 20], [3, 1], [4, 2]);
  const cases: [string, Bin['more'], string][] = [
    ['too many', [good, good], 'more has 2 entries; it must have 1'],
    ['none', [], 'more has 0 entries; it must have 1'],
    ['another number of measures', [tally([10, 20, 1, 1])], 'x must have 2 numbers'],
    ['more bad ones than all', [tallies([10, 20], [3, 11], [4, 2])], 'more[0].canary of latency'],
    ['more bad ones than all', [tallies([10, 20], [3, 11], [4, 2])], 'x[1] must be'],
    ['NaN', [tallies([10, 20], [3, 1], [NaN, 2])], 'more[0].baseline of latency'],
    ['fractions', [tallies([10, 20], [3, 1], [0.5, 0])], 'x[0] must be a whole number'],
    ['a fraction of all', [tallies([10.5, 20], [3, 1], [4, 2])], 'n must be a whole number'],
    ['less than nothing', [tallies([-1, 20], [0, 0], [4, 2])], 'n=-1'],
    ['too large to be exact', [tallies([10, 2 ** 53], [3, 1], [4, 2])], 'n=9007199254740992'],
  ];

  it.each(cases)('refuses %s and names bin, metric and version', (_, more = [], message) => {
    const given = [bin(0, [1, 1, 0, 0]), bin(1, [1, 1, 0, 0], { more })];
    const error = refusal(() => verdict({ config, bins: given }));
    expect(error.message).toContain('Bin 1 (start 60000 ms)');
    expect(error.message).toContain(message);
  });

  it('refuses counts of metrics that the configuration does not have', () => {
    const given = [bin(0, [1, 1, 0, 0], { more: [good] })];
    expect(refusal(() => verdict({ bins: given })).message).toContain('it must have 0');
  });
});

describe('judge: impossible metrics', () => {
  const cases: [string, Partial<MetricConfig>][] = [
    ['more[0].rho is 0', { rho: 0 }],
    ['more[0].delta is 2', { delta: 2 }],
    ['more[0].phi is NaN', { phi: NaN }],
    ['more[0].measures is 0', { measures: 0 }],
    ['more[0].measures is 31', { measures: 31 }],
    ['more[0].ceilings.length is 2', { ceilings: [0.1, 0.1] }],
    ['more[0].ceilings[0] is Infinity', { ceilings: [Infinity] }],
    ['more[0].edges.length is 2', { edges: [1, 2] }],
    ['more[0].edges[1] is 100', { measures: 2, edges: [100, 100] }],
    ['more[0].margins[0].rho is 0', { margins: [{ rho: 0, delta: 0 }] }],
    ['more[0].margins.length is 2', { margins: [...CONFIG.margins, ...CONFIG.margins] }],
    ['more[0].name is "failures"', { name: 'failures' }],
    ['more[0].name is ""', { name: '' }],
    ['more[0].share is 0', { share: 0 }],
    ['the sum of the shares of all rollback metrics is 0.9', { share: 0.4 }],
    ['the sum of the shares of all rollback metrics is 0.5', { on: 'notify', share: NaN }],
  ];

  it.each(cases)('refuses: %s', (message, over) => {
    const config = { ...CONFIG, share: 0.5, more: [metric(over)] };
    expect(refusal(() => verdict({ config, bins: [] })).message).toContain(message);
  });

  it('refuses more than 20 of them, and two of one name', () => {
    const many = Array.from({ length: 21 }, (_, i) => metric({ name: `m${i}`, share: 0.5 / 21 }));
    const config = { ...CONFIG, share: 0.5, more: many };
    expect(refusal(() => verdict({ config, bins: [] })).message).toContain('more.length is 21');
    const twice = {
      ...CONFIG,
      share: 0.5,
      more: [metric({ share: 0.25 }), metric({ share: 0.25 })],
    };
    expect(refusal(() => verdict({ config: twice, bins: [] })).message).toContain('more[1].name');
  });

  it('takes shares that miss 1 by rounding, and metrics that all only notify', () => {
    const tenths = Array.from({ length: 9 }, (_, i) => metric({ name: `m${i}`, share: 0.1 }));
    const config = { ...CONFIG, share: 0.1 + 1e-12, more: tenths };
    expect(verdict({ config, bins: [] }).outcome).toBe('no-data');
    const notify: JudgeConfig = { ...CONFIG, on: 'notify', more: [metric({ on: 'notify' })] };
    expect(verdict({ config: notify, bins: [] }).evidence.harm).toBe(0);
  });
});

describe('judge: impossible settings', () => {
  const cases: [string, Partial<JudgeConfig>][] = [
    ['alpha is 0', { alpha: 0 }],
    ['alpha is 1', { alpha: 1 }],
    ['beta is NaN', { beta: NaN }],
    ['rho is 0', { rho: 0 }],
    ['delta is -0.1', { delta: -0.1 }],
    ['phi is 0.5', { phi: 0.5 }],
    ['horizonBins is 0', { horizonBins: 0 }],
    ['horizonBins is 1.5', { horizonBins: 1.5 }],
    ['ceiling is -0.1', { ceiling: -0.1 }],
    ['ceiling is Infinity', { ceiling: Infinity }],
    ['margins[0].rho is Infinity', { margins: [{ rho: Infinity, delta: 0 }] }],
    ['margins[0].delta is NaN', { margins: [{ rho: 1, delta: NaN }] }],
  ];

  it.each(cases)('refuses: %s', (message, over) => {
    const error = refusal(() => verdict({ config: { ...CONFIG, ...over }, bins: [] }));
    expect(error.message).toContain(message);
  });

  it.each([-1, 1, 0.5, NaN])('refuses step %d of one step', (step) => {
    expect(refusal(() => verdict({ bins: [], step })).message).toContain('step is');
  });

  it('takes a ceiling above 1, which nothing can exceed', () => {
    const config: JudgeConfig = { ...CONFIG, mode: 'ceiling', margins: [], ceiling: 1.2 };
    const broken = bin(0, [1000, 0, 1000, 0]);
    expect(verdict({ config, bins: [broken] }).outcome).not.toBe('harm');
  });

  it('takes any step against a ceiling, which has no margins', () => {
    const config: JudgeConfig = { ...CONFIG, mode: 'ceiling', margins: [] };
    expect(verdict({ config, bins: [], step: 0 }).outcome).toBe('no-data');
  });
});
