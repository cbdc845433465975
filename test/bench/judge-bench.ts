/**
 * Prints what judging costs: `node test/bench/judge-bench.ts`. A report, not a test. Goals (statistics.md
 * 6): 1 µs to fold a bin for one metric, 50 ms for all bins of a week with five metrics.
 */
import { foldHarm, startHarm } from '../../src/judge/harm.ts';
import { judge, judgeEach, type JudgeInput } from '../../src/judge/judge.ts';
import { BINS, bins, CAPPED, config, FIVE, inputOf, MARGINS, meanMs } from './judge/cost-cases.ts';

function report(name: string, run: () => unknown): void {
  const ms = meanMs(run);
  const perBin = ((ms * 1000) / BINS).toFixed(3);
  console.log(`${name.padEnd(44)} ${ms.toFixed(2).padStart(8)} ms, ${perBin} µs per bin`);
}

function reportJudge(name: string, input: JudgeInput): void {
  report(name, () => judge(input));
}

const one = bins(BINS, false);
report('harm: one bin, one measure', () => {
  const state = startHarm(config);
  for (const bin of one) foldHarm(state, bin);
});
reportJudge('failures, no steps', inputOf(config));
reportJudge('failures, 5 steps', inputOf({ ...config, margins: MARGINS }));
reportJudge('failures, ceiling alone', inputOf({ ...config, mode: 'ceiling' }));
reportJudge('failures, half of it watch', inputOf({ ...config, margins: MARGINS }, BINS / 2));
reportJudge('5 metrics, latency with 9 edges, 5 steps', inputOf(FIVE));
reportJudge('5 metrics, half of it watch', inputOf(FIVE, BINS / 2));
reportJudge('5 metrics, all with ceilings from the start', inputOf(CAPPED));
reportJudge('5 metrics, with details', { ...inputOf(FIVE), step: 0, details: true });
const each = inputOf(config);
report('failures, a verdict after each bin', () => {
  let chars = 0;
  for (const verdict of judgeEach(each)) chars += verdict.sentence.length;
  return chars;
});
