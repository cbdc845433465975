// The pictures of docs/judge.md are what the judge of today draws, and their words are true.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { zTest } from '../bench/judge/rules/z-test.ts';
import { slipwayInRelease } from '../bench/judge/rules/slipway.ts';
import { PICTURES, takenBack } from './pictures/judge-pictures.ts';

function docs(file: string): Promise<string> {
  return readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
}

describe('docs/judge.md', () => {
  it.each(Object.entries(PICTURES))(
    'shows %s as `npm run pictures` draws it',
    async (name, draw) => {
      expect(await docs(`images/${name}`)).toBe(draw());
      expect(await docs('judge.md')).toContain(`(images/${name})`);
    },
  );

  it('says what the picture of the looks shows', async () => {
    const often = Math.round(takenBack(zTest).at(-1) ?? 0);
    const honest = takenBack(slipwayInRelease).at(-1) ?? 0;
    expect(await docs('judge.md')).toContain(
      `wrong about ${often} of 100 after four hours, Slipway about ${honest}]`,
    );
  });

  it('says the threshold of a release as it is', async () => {
    const threshold = Math.round(Math.exp(slipwayInRelease.threshold));
    expect(await docs('judge.md')).toContain(`(${threshold} while a part is kept`);
  });
});
