/** Prints what judging costs per bin: `node test/bench/judge-bench.ts`. A report, not a test. */
import { judge } from '../../src/judge/judge.ts';
import { margins } from '../../src/judge/margins.ts';
import type { Bin, JudgeConfig } from '../../src/judge/types.ts';

const BINS = 10_000;
const ROUNDS = 20;

const config: JudgeConfig = {
  alpha: 0.01,
  beta: 0.05,
  rho: 1,
  delta: 0,
  phi: 1,
  horizonBins: BINS,
  margins: [],
  mode: 'concurrent',
  ceiling: 0.02,
};

function bins(watchFrom: number): Bin[] {
  return Array.from({ length: BINS }, (_, i) => ({
    startMs: i * 60_000,
    final: true,
    judged: true,
    watch: i >= watchFrom,
    canary: { requests: 100 + (i % 7), failures: i % 3 === 0 ? 1 : 0, items: 100 },
    baseline: {
      requests: i >= watchFrom ? 0 : 1900,
      failures: i >= watchFrom ? 0 : i % 5,
      items: 1,
    },
  }));
}

function measure(name: string, measured: JudgeConfig, measuredBins: readonly Bin[]): void {
  const versions = { canary: '2', baseline: '1' };
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.hrtime.bigint();
    judge({ config: measured, bins: measuredBins, step: null, data: { kind: 'ok' }, versions });
    best = Math.min(best, Number(process.hrtime.bigint() - before) / 1e6);
  }
  const perBin = ((best * 1000) / measuredBins.length).toFixed(3);
  process.stdout.write(`${name.padEnd(32)} ${best.toFixed(2)} ms, ${perBin} µs per bin\n`);
}

const budget = { absolute: 0.0002, relative: 0.5 };
const ramp = bins(BINS);
measure('no steps', config, ramp);
measure('3 steps', { ...config, margins: margins([0.05, 0.25, 0.5], budget) }, ramp);
measure('5 steps', { ...config, margins: margins([0.01, 0.05, 0.1, 0.25, 0.5], budget) }, ramp);
measure('ceiling', { ...config, mode: 'ceiling' }, ramp);
measure(
  '3 steps, half of it watch',
  { ...config, margins: margins([0.05, 0.25, 0.5], budget) },
  bins(BINS / 2),
);
