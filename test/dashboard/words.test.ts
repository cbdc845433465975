import { describe, expect, it } from 'vitest';

import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { verdictText } from '../../src/dashboard/view/words.ts';
import type { Phase } from '../../src/release/release.ts';
import { sampleRelease, STAGES } from '../support/release-samples.ts';

const WAITS: readonly Phase[] = [
  'queued',
  'preflight',
  'ramping',
  'promoting',
  'watching',
  'paused',
];

describe('a release that was never judged', () => {
  it.each(Object.values(STAGES).map((stage) => [stage.phase, stage] as const))(
    'says in %s whether it will be',
    (phase, stage) => {
      const view = releaseView(sampleRelease(stage), new Links('https://slipway.example/api'));
      expect(view.verdict).toBeNull();
      expect(verdictText(view)).toBe(WAITS.includes(phase) ? 'not judged yet' : 'was not judged');
    },
  );
});
