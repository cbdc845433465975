// What docs/apps.md shows is what the code does.
import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { ROLE_FOR } from '../../src/release/caller.ts';
import { parseApps } from '../../src/release/parse-apps.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { weakerThan } from '../../src/release/plan-floor.ts';
import { writtenApp } from '../../src/release/written-app.ts';

const text = await readFile(new URL('../../docs/apps.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block]) => block ?? '',
  );

/** Keys in the first column of the table under a heading. */
function keysUnder(heading: string): string[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  const cells = body.split('\n').map((line) => (line.startsWith('|') ? line.split('|')[1] : ''));
  return cells.flatMap((cell) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ''),
  );
}

describe('docs/apps.md', () => {
  it('shows a file that is taken', () => {
    const [yaml] = blocks('yaml');
    const [app] = parseApps(parse(yaml ?? ''));
    expect(app?.entry).toMatchObject({ name: 'shop', defaultPlan: { name: 'careful' } });
    const keys = Object.keys(writtenApp.shape);
    expect(Object.keys(app?.written ?? {}).toSorted()).toEqual(keys.toSorted());
    const start = blocks('json')[0] ?? '';
    expect(parseStart(start, app?.entry)).toMatchObject({ app: 'shop', version: '2.4.0' });
  });

  it('explains every key of an entry, and every list', () => {
    expect(keysUnder('An entry').toSorted()).toEqual(Object.keys(writtenApp.shape).toSorted());
    for (const list of ['start', 'override', 'approve'] as const) {
      expect(ROLE_FOR).toHaveProperty(list);
      expect(text).toContain(`\`${list}\``);
    }
  });

  it('shows a floor with what it takes and what it refuses', () => {
    const [, file = '', good = '', bad = ''] = blocks('json');
    const [app] = parseApps(file);
    const weaker = (start: string): string[] => {
      const floor = app?.entry.weakestPlan;
      if (floor === undefined) throw new Error('the example has a floor');
      return weakerThan(parseStart(start, app?.entry).plan, floor).map(({ path }) => path);
    };
    expect(weaker(good)).toEqual([]);
    const told = weaker(bad);
    expect(told.length).toBeGreaterThan(1);
    for (const path of told) expect(text).toContain(`\`${path}\``);
  });

  it('names every key of a plan that the floor looks at', () => {
    const keys = keysUnder('What is weaker').map((key) => key.split('.')[0]);
    for (const key of ['strategy', 'steps', 'watch', 'validate', 'label', 'pinned', 'analysis']) {
      expect(keys).toContain(key);
    }
  });
});
