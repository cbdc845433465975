import { describe, expect, it } from 'vitest';
import { runSeed } from '../support/chaos/run-story.ts';

const first = Number(process.env['CHAOS_SEED'] ?? 1);
const count = Number(process.env['CHAOS_SEED'] === undefined ? (process.env['CHAOS_SEEDS'] ?? 20) : 1);

describe('chaos', () => {
  it('runs', { timeout: 600_000 }, async () => {
    const started = performance.now();
    const ends: Record<string, number> = {};
    const bad: string[] = [];
    for (let seed = first; seed < first + count; seed += 1) {
      const result = await runSeed(seed);
      for (const end of result.ends) ends[end] = (ends[end] ?? 0) + 1;
      if (result.violations.length > 0) {
        bad.push(`seed ${seed}: ${result.violations.slice(0,3).map((v) => `[${v.rule} ${Math.round((v.atMs-Date.UTC(2026,0,5,10))/1000)}s] ${v.what}`).join('\n    ')}`);
        if (count === 1) {
          console.log(JSON.stringify(result.story, undefined, 1));
          console.log(result.audit.join('\n'));
          const { writeFileSync } = await import('node:fs');
          writeFileSync('/tmp/chaos.log', result.log.join('\n'));
        }
      }
    }
    const ms = performance.now() - started;
    console.log(ends, `${count} seeds in ${Math.round(ms)} ms, ${bad.length} bad`);
    console.log(bad.join('\n'));
    expect(bad).toEqual([]);
  });
});
