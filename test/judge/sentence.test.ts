import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgeConfig } from '../../src/judge/types.ts';
import { anyQuad, bin, BIN_MS, bins, CONFIG, verdict, type Quad } from './support.ts';

const CEILING: JudgeConfig = { ...CONFIG, mode: 'ceiling', margins: [] };
const UNAVAILABLE = { kind: 'unavailable', reason: 'late-telemetry' } as const;

describe('sentence', () => {
  it('says harm with both rates and how sure it is', () => {
    const found = verdict({ bins: bins([[1000, 2000, 19, 8]]) });
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 1.9 % of requests (19 of 1,000), baseline 2.3.9 0.4 % (8 of 2,000); the chance of evidence this strong from a harmless canary is below 1 in 430."`,
    );
  });

  it('says harm that only shows bin by bin as that', () => {
    // The weight rises while everybody's failures fall: pooled, the canary looks better.
    const given = bins([
      ...Array.from({ length: 3 }, (): Quad => [20, 1980, 0, 150]),
      [1000, 1000, 40, 3],
    ]);
    expect(verdict({ bins: given }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 3.8 % of requests (40 of 1,060), baseline 2.3.9 6.5 % (453 of 6,940), the canary being the worse when compared interval by interval; the chance of evidence this strong from a harmless canary is below 1 in 31,000."`,
    );
  });

  it('says harm in the watch against the ceiling, with the rows of the watch alone', () => {
    const ramp = bins([[1000, 1000, 2, 2]]);
    const watch = bin(1, [2000, 0, 160, 0], { watch: true });
    const found = verdict({ bins: [...ramp, watch], step: null });
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 8 % of requests (160 of 2,000) in production, judged against a ceiling of 2 %, not against a baseline; the chance of evidence this strong from a harmless canary is below 1 in 1,000,000,000."`,
    );
  });

  it('says certified with the margin, from final bins alone', () => {
    const given = [...bins([[3000, 3000, 0, 30]]), bin(1, [10, 10, 1, 0], { final: false })];
    expect(verdict({ bins: given }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0 % of requests (0 of 3,000), baseline 2.3.9 1 % (30 of 3,000); the chance of evidence this good from a canary worse than 3 times the baseline's rate plus 0.08 percentage points is below 1 in 1,000,000,000."`,
    );
  });

  it('says certified against a ceiling', () => {
    const found = verdict({ config: CEILING, step: null, bins: bins([[1000, 0, 2, 0]]) });
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0.2 % of requests (2 of 1,000), judged against a ceiling of 2 %, not against a baseline; the chance of evidence this good from a canary above that ceiling is below 1 in 130,000."`,
    );
  });

  it('says undecided with what is missing', () => {
    const found = verdict({ bins: bins([[200, 1800, 1, 7]]) });
    expect(found.sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 0.5 % of requests (1 of 200), baseline 2.3.9 0.39 % (7 of 1,800); undecided: evidence of harm is 0.7 of the 100 needed, evidence of safety (not above 3 times the baseline's rate plus 0.08 percentage points) 1.2 of the 20 needed."`,
    );
  });

  it('says undecided against a ceiling, in the watch and throughout', () => {
    const watch = bins([[100, 0, 1, 0]], { watch: true });
    expect(verdict({ bins: watch, step: null }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 1 % of requests (1 of 100) in production, judged against a ceiling of 2 %, not against a baseline; no harm is shown: evidence of harm is 0.86 of the 100 needed."`,
    );
    expect(verdict({ config: CEILING, bins: watch }).sentence).toMatchInlineSnapshot(
      `"Canary 2.4.0 fails 1 % of requests (1 of 100), judged against a ceiling of 2 %, not against a baseline; undecided: evidence of harm is 0.31 of the 100 needed, evidence of safety (not above that ceiling) 1 of the 20 needed."`,
    );
  });

  it('says that there is no data, and since when', () => {
    const given = bins([[0, 1500, 0, 3]]);
    expect(verdict({ bins: given }).sentence).toMatchInlineSnapshot(
      `"No requests of canary 2.4.0 have been seen, 1,500 of baseline 2.3.9, so nothing is judged."`,
    );
    const earlier = bins([[500, 1500, 1, 3]]);
    expect(verdict({ bins: earlier, sinceMs: BIN_MS }).sentence).toMatchInlineSnapshot(
      `"No requests of canary 2.4.0 have been seen since this step began (500 before it), 1,500 of baseline 2.3.9, so nothing is judged."`,
    );
    expect(verdict({ config: CEILING, bins: [] }).sentence).toMatchInlineSnapshot(
      `"No requests of canary 2.4.0 have been seen, so nothing is judged."`,
    );
  });

  it('says why telemetry is unavailable, and what was seen before', () => {
    const given = bins([[500, 1500, 1, 3]]);
    expect(verdict({ bins: given, data: UNAVAILABLE }).sentence).toMatchInlineSnapshot(
      `"Telemetry is unavailable (late-telemetry), so nothing is judged now; so far: Canary 2.4.0 fails 0.2 % of requests (1 of 500), baseline 2.3.9 0.2 % (3 of 1,500)."`,
    );
    expect(verdict({ bins: [], data: UNAVAILABLE }).sentence).toMatchInlineSnapshot(
      `"Telemetry is unavailable (late-telemetry), and no requests of canary 2.4.0 have been seen so far, so nothing is judged."`,
    );
  });

  it('says that harm still counts where only a metric could not be read', () => {
    const data = { kind: 'incomplete', reason: 'the metric "checkout": no such table' } as const;
    expect(verdict({ bins: bins([[500, 1500, 1, 3]]), data }).sentence).toMatchInlineSnapshot(
      `"Telemetry is incomplete (the metric "checkout": no such table), so nothing is certified now, while harm by the others counts; so far: Canary 2.4.0 fails 0.2 % of requests (1 of 500), baseline 2.3.9 0.2 % (3 of 1,500)."`,
    );
    expect(verdict({ bins: [], data }).sentence).toMatchInlineSnapshot(
      `"Telemetry is incomplete (the metric "checkout": no such table), and no requests of canary 2.4.0 have been seen so far, so nothing is judged."`,
    );
    expect(verdict({ bins: bins([[500, 1500, 90, 3]]), data }).outcome).toBe('harm');
  });

  it('does without the name of a baseline', () => {
    const versions = { canary: '2.4.0', baseline: null };
    const found = verdict({ bins: bins([[1000, 2000, 19, 8]]), versions });
    expect(found.sentence).toContain(', the baseline 0.4 % (8 of 2,000);');
  });

  it('is one sentence without NaN, infinity or "1 in 1", whatever the bins', () => {
    const mode = fc.constantFrom('concurrent' as const, 'ceiling' as const);
    const quads = fc.array(anyQuad, { maxLength: 5 });
    fc.assert(
      fc.property(quads, mode, fc.boolean(), fc.boolean(), (given, of, watch, blind) => {
        const config: JudgeConfig = { ...CONFIG, mode: of, alpha: 0.9, beta: 0.9 };
        const data = blind ? UNAVAILABLE : ({ kind: 'ok' } as const);
        const { sentence } = verdict({ config, bins: bins(given, { watch }), data });
        expect(sentence).toMatch(/^[A-Z].*[^.]\.$/);
        expect(sentence).not.toMatch(/NaN|Infinity|∞|undefined|null|below 1 in 1\.|\. [A-Z]/);
      }),
    );
  });
});
