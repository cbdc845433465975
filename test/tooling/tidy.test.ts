// The habits that no lint rule sees, checked in every file that is or will be committed.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SELF = 'test/tooling/tidy.test.ts';
/** Not ours to tidy: written by npm, recorded from Azure, given by the licence, or not text. */
const FOREIGN = /^(package-lock\.json|LICENSE|test\/fixtures\/.*)$|\.(png|jpg|gif|svg|ico)$/;
const SRC_LINES_MAX = 400;

const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 16 * 1024 * 1024,
})
  .split('\0')
  // A file that was deleted and not yet committed is still listed.
  .filter((file) => file !== '' && file !== SELF && !FOREIGN.test(file) && existsSync(ROOT + file))
  .map((path) => ({ path, lines: readFileSync(ROOT + path, 'utf8').split('\n') }));

/** `path:line: text` of every line that matches and that `excused` does not excuse. */
function find(
  pattern: RegExp,
  { among = /^/, excused }: { among?: RegExp; excused?: (line: string, above: string) => boolean },
): string[] {
  return files
    .filter(({ path }) => among.test(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        pattern.test(line) && excused?.(line, lines[index - 1] ?? '') !== true
          ? [`${path}:${String(index + 1)}: ${line.trim()}`]
          : [],
      ),
    );
}

const TESTS = /^test\/.*\.ts$/;

describe('tidy', () => {
  it('sees the files of the project', () => {
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['package.json', 'eslint.config.mjs', 'src/judge/types.ts']),
    );
  });

  it('leaves no notes for later: an open point is an issue, not a comment', () => {
    expect(find(/\b(TODO|FIXME|XXX)\b/, {})).toEqual([]);
  });

  it('uses fakes that pass the contract suites, not module mocks', () => {
    expect(find(/\bvi\.(mock|doMock)\(/, {})).toEqual([]);
  });

  it('runs every test', () => {
    expect(find(/\b(it|test|describe|suite)(\.\w+)*\.only\b/, { among: TESTS })).toEqual([]);
  });

  it('skips a test only with the reason beside it or in the line above', () => {
    const commented = (line: string, above: string): boolean =>
      line.includes(' // ') || above.trim().startsWith('//');
    expect(
      find(/\b(it|test|describe|suite)(\.\w+)*\.(skip|skipIf|runIf|todo|fails)\b/, {
        among: TESTS,
        excused: commented,
      }),
    ).toEqual([]);
  });

  it("names no path of one developer's machine", () => {
    // /home/site is where App Service itself keeps an app.
    expect(find(/(?<![\w.~-])\/(work|root|home(?!\/site\b)|Users)\//, {})).toEqual([]);
  });

  it(`keeps every file in src within ${String(SRC_LINES_MAX)} lines`, () => {
    const long = files.filter(
      ({ path, lines }) => path.startsWith('src/') && lines.length > SRC_LINES_MAX + 1,
    );
    expect(long.map(({ path, lines }) => `${path}: ${String(lines.length - 1)} lines`)).toEqual([]);
  });
});
