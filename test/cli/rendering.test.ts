// What people read: a release at a glance, lists, audits, and the summary of a CI run.
import { marked } from 'marked';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';

import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { auditLine, auditText } from '../../src/cli/audit-lines.ts';
import { bar, percent } from '../../src/cli/bars.ts';
import { age, type Look, oneLine, powerless, wrap } from '../../src/cli/look.ts';
import { statusText } from '../../src/cli/release-status.ts';
import { outlookWords, ratioWords } from '../../src/cli/release-words.ts';
import { releasesTable } from '../../src/cli/release-table.ts';
import { summaryMarkdown } from '../../src/cli/summary-markdown.ts';
import type { Release, Suspect } from '../../src/release/release.ts';
import { AT, MINUTE_MS, samplePlan } from '../support/store-samples.ts';
import { rolledBack, toldRelease, toldRows } from './told-release.ts';

const LINKS = new Links('https://slipway.example.net/api');
const LOOK: Look = { colors: pc.createColors(false), columns: 80, now: AT + 16 * MINUTE_MS };
const COLOURED: Look = { ...LOOK, colors: pc.createColors(true) };
const ID = '0123456789abcdef0123-0123456789abcdef012';

const view = (release: Release) => releaseView({ ...release, id: ID }, LINKS);
const rowsOf = (release: Release) =>
  toldRows(release).map((row) => ({
    ...row,
    at: new Date(row.at).toISOString(),
    body: JSON.parse(row.body) as unknown,
  }));
// Colours are what is checked for here.
const ESCAPE = /\u001B\[/;

describe('a bar', () => {
  it.each([
    [0, '░░░░░░░░░░'],
    [0.001, '█░░░░░░░░░'],
    [0.5, '█████░░░░░'],
    [0.999, '█████████░'],
    [1, '██████████'],
    [-3, '░░░░░░░░░░'],
    [7, '██████████'],
    [Number.NaN, '░░░░░░░░░░'],
  ])('of %d is %s', (part, drawn) => {
    expect(bar(part, 10)).toBe(drawn);
  });

  it.each([
    [5, '5 %'],
    [12.5, '12.5 %'],
    [33.333_333, '33.33 %'],
  ])('has %d as %s beside it', (value, said) => {
    expect(percent(value)).toBe(said);
  });
});

describe('text', () => {
  it.each([
    [0, '0 s'],
    [-5_000, '0 s'],
    [99_999, '99 s'],
    [100_000, '1 min'],
    [90 * MINUTE_MS, '90 min'],
    [5 * 60 * MINUTE_MS, '5 h'],
    [72 * 60 * MINUTE_MS, '3 days'],
  ])('says %d ms as %s', (ms, said) => {
    expect(age(ms)).toBe(said);
  });

  it('is broken at blanks, never between a number and its %, and long words stay whole', () => {
    expect(wrap('canary fails 30 % of it', 15)).toEqual(['canary fails', '30 % of it']);
    const url = `https://example.com/${'x'.repeat(40)}`;
    expect(wrap(`see ${url} now`, 20)).toEqual(['see', url, 'now']);
  });

  it('of others gives no order to a terminal or a CI', () => {
    expect(oneLine('a\nb\u001B[31mc\rd')).toBe('a b [31mc d');
    expect(oneLine('x ##vso[task.setvariable variable=A]1')).not.toContain('##vso[');
    expect(oneLine('##[error] x')).not.toContain('##[');
    expect(powerless('one\n::error::two\n  ::add-mask::x')).toBe(
      'one\n: :error::two\n  : :add-mask::x',
    );
  });
});

describe('status', () => {
  it('says everything at a glance, in 80 columns', () => {
    const release = toldRelease();
    const rows = rowsOf(release).slice(-4);
    const text = statusText({ release: view(release), plan: samplePlan() }, rows, LOOK);
    expect(text).toMatchSnapshot();
    // Addresses stay whole, to be followed.
    const broken = text.split('\n').filter((line) => !line.includes('https://'));
    expect(broken.every((line) => line.length <= 80)).toBe(true);
    expect(text).not.toMatch(ESCAPE);
  });

  it('says what a person is asked to decide', () => {
    const from = toldRelease().stage;
    if (from.phase !== 'ramping') throw new Error('the sample ramps');
    const found: Suspect = {
      ...{ kind: 'drift', since: AT, seen: 'staging=40', ownWeight: 40, foreignRules: [] },
      volumes: 'baseline-in-production',
    };
    const paused = toldRelease({ stage: { phase: 'paused', since: AT, from, found } });
    const text = statusText({ release: view(paused), plan: samplePlan() }, [], {
      ...LOOK,
      columns: Infinity,
    });
    expect(text).toContain('Found: staging=40.');
    expect(text).toContain(`slipway resume ${ID} --choice adopt|reapply`);
  });

  it('says when a pause ends by itself, and how', () => {
    const from = toldRelease().stage;
    if (from.phase !== 'ramping') throw new Error('the sample ramps');
    const stage = { phase: 'paused', since: AT, from, found: undefined } as const;
    const paused = view(toldRelease({ stage }));
    const plan = samplePlan();
    const at60 = statusText({ release: paused, plan }, [], { ...LOOK, columns: 60 });
    expect(at60).toContain(
      'Until      2026-11-23 12:00:00 UTC: if nobody resumes it,\n           it is rolled back by itself\n',
    );
    // Commands to copy are never broken.
    expect(at60).toContain(`To go on\nslipway resume ${ID}\nTake back\nslipway abort ${ID}`);
    const swapped = { ...paused, reversible: false, weights: { ...paused.weights, share: 100 } };
    expect(statusText({ release: swapped, plan }, [], LOOK)).toContain('it fails and calls a\n');
  });

  it('says so where the verdict is of the step before', () => {
    const told = toldRelease();
    if (told.verdict === undefined || told.stage.phase !== 'ramping') throw new Error('no verdict');
    const sentence = 'It fails as often as before; certified.';
    const verdict = {
      ...told.verdict,
      at: told.stage.since,
      outcome: 'certified',
      sentence,
    } as const;
    const release = view({ ...told, verdict, message: sentence });
    const text = statusText({ release, plan: samplePlan() }, [], LOOK);
    expect(text).toContain('of the step before: It fails as often');
    expect(text).toContain('Verdict    of the step before: certified\n');
    expect(text).not.toContain('Outlook');
    const coloured = statusText({ release, plan: samplePlan() }, [], COLOURED);
    expect(coloured).toContain(
      COLOURED.colors.dim('           safety  ██████████████░░░░░░  8 of 20'),
    );
  });

  it.each([
    [1e6, 20, '1,000,000 of 20'],
    [1e7, 20, 'over 1,000,000 of 20'],
    [1e300, 20, 'over 1,000,000 of 20'],
    [1e7, 1e8, '10,000,000 of 100,000,000'],
  ])('says evidence of %d beside a threshold of %d as %s', (certify, threshold, said) => {
    const told = toldRelease();
    if (told.verdict === undefined) throw new Error('there is no verdict');
    const evidence = { certify: Math.log(certify), certifyThreshold: Math.log(threshold) };
    const release = view({ ...told, verdict: { ...told.verdict, ...evidence } });
    expect(statusText({ release, plan: samplePlan() }, [], LOOK)).toContain(`  ${said}\n`);
  });

  it('says where it hurts', () => {
    const release = rolledBack();
    const text = statusText({ release: view(release), plan: samplePlan() }, [], LOOK);
    expect(text).toContain('operation GET /pay | cart: 12 of 40 (30 %), baseline 1 of 300');
  });

  it('has colours only where they are wanted', () => {
    const release = toldRelease();
    expect(statusText({ release: view(release), plan: samplePlan() }, [], COLOURED)).toMatch(
      ESCAPE,
    );
  });
});

describe('a verdict in words', () => {
  const told = (change: Partial<NonNullable<Release['verdict']>>) => {
    const release = toldRelease();
    if (release.verdict === undefined) throw new Error('there is no verdict');
    const { verdict } = view({ ...release, verdict: { ...release.verdict, ...change } });
    if (verdict === null) throw new Error('the verdict is not shown');
    return verdict;
  };

  it.each([
    ['undecided', 0.51, 2.34, 'fails 0.51 to 2.4 times as often as the baseline'],
    ['undecided', 0, 2.34, 'fails at most 2.4 times as often as the baseline'],
    ['undecided', 2.1, undefined, 'fails at least 2.1 times as often as the baseline'],
    ['undecided', 0.77, undefined, null],
    ['undecided', 0, undefined, null],
    ['harm', 2.1, 9, 'fails 2.1 to 9 times as often as the baseline'],
    ['harm', 0.77, undefined, null],
    ['harm', 0.77, 30, null],
  ])('tells an interval where it tells something: %s, %s to %s', (outcome, low, high, words) => {
    expect(ratioWords(told({ outcome, ratio: { low, high } }))).toBe(words);
  });

  it.each([
    [{ early: true }, 'nobody can say yet when it can be certified'],
    [{}, 'never certified at these rates'],
  ])('says never only of what is known: %o', (more, words) => {
    const outlook = { requests: undefined, bins: undefined, ...more };
    expect(outlookWords(told({ outlook }), MINUTE_MS)).toBe(words);
  });
});

describe('a list', () => {
  const releases = [view(toldRelease()), view(rolledBack())];

  it('has the ids below where there is no room beside', () => {
    expect(`\n${releasesTable(releases, LOOK)}\n`).toBe(`
APP   VERSION  PHASE        PRODUCTION        SINCE
shop  2.4.0    ramping 2/3  ███░░░░░░░  25 %  4 min
  ${ID}
shop  2.4.0    rolled-back  ended at 0 %      0 s
  ${ID}
`);
  });

  it('has one line each where there is, and one text for none', () => {
    expect(releasesTable(releases, { ...LOOK, columns: Infinity }).split('\n')).toHaveLength(3);
    expect(releasesTable([], LOOK)).toBe('no releases');
  });
});

describe('an audit', () => {
  it('is shown row by row', () => {
    expect(auditText(rowsOf(rolledBack()), LOOK)).toMatchSnapshot();
  });

  it.each([
    ['ramping 12/50', 'ramping 12/50', ''],
    ['paused (ramping 2/2)', 'paused', '(ramping 2/2) '],
    ['paused (watching (extended))', 'paused', '(watching (extended)) '],
    ['failed (acknowledged)', 'failed', '(acknowledged) '],
    ['watching (extended)', 'watching', '(extended) '],
  ])('keeps its columns where a release is %s', (to, where, more) => {
    const [row] = rowsOf(rolledBack());
    if (row === undefined) throw new Error('there is no row');
    const message = 'the operator had a look at 25 % and waits';
    const told = { ...row, body: { ...(row.body as object), to, message, reason: 'operator' } };
    const [head = '', ...below] = auditLine(told, LOOK).split('\n');
    expect(head.slice(10, 30)).toBe(`${where.padEnd(14)}   0 %`.padEnd(20));
    for (const line of [head, ...below]) expect(line.length).toBeLessThanOrEqual(LOOK.columns);
    const text = [head.slice(32), ...below.map((line) => line.trim())].join(' ').trim();
    expect(text).toBe(`${more}operator: ${message} (ada)`);
  });

  it('shows a row that cannot be read as that', () => {
    const row = { sequence: 3, at: new Date(AT).toISOString(), body: 'x', prevHash: '', hash: '' };
    expect(auditLine(row, LOOK)).toContain('cannot be read');
  });
});

describe('the summary of a CI run', () => {
  const release = rolledBack();
  const summary = (chart: 'mermaid' | 'text', change: Partial<Release> = {}): string =>
    summaryMarkdown(view({ ...release, ...change }), rowsOf(release), chart);

  it('says how it went, why, and where it hurts', () => {
    expect(summary('text')).toMatchSnapshot();
  });

  it('draws the share of production over time where mermaid is known', () => {
    const found = /line \[(.*)\]/.exec(summary('mermaid'))?.[1]?.split(', ').map(Number) ?? [];
    expect(found).toHaveLength(41);
    expect(new Set(found)).toEqual(new Set([0, 5, 25]));
    expect(found.at(-1)).toBe(0);
    expect(summary('mermaid')).toMatch(/```mermaid\nxychart-beta\n/);
  });

  it('leaves no word of others as Markdown or HTML', () => {
    const html = marked.parse(
      summary('text', {
        version: '1.0 <img src=x onerror=alert(1)> `x` | [a](javascript:b)',
        message: '**bold** <script>alert(1)</script> ![x](https://evil.example/p.png)',
        requestedBy: { name: '<b>', run: 'javascript:alert(1)', commit: '|||', claimed: true },
      }),
      { async: false },
    );
    expect(html).not.toMatch(/<(img|script|b)\b|href="javascript|<strong>bold/);
    const { run } = { run: 'https://ci.example/a(b)|c?d="e"' };
    const linked = marked.parse(
      summary('text', { requestedBy: { name: 'ci', run, commit: undefined, claimed: false } }),
      { async: false },
    );
    expect(linked).toContain('href="https://ci.example/a%28b%29%7Cc?d=%22e%22"');
  });
});
