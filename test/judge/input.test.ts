import { describe, expect, it } from 'vitest';
import { JudgeInputError } from '../../src/judge/errors.ts';
import type { Bin, JudgeConfig } from '../../src/judge/types.ts';
import { bin, CONFIG, verdict } from './support.ts';

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
