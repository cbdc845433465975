// What docs/observability.md and docs/report.md list is what the code tells.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { addReport } from '../../src/cli/report-command.ts';
import { METRICS } from '../../src/controller/ports/meter.ts';
import { BOUNDS } from '../../src/limits.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { Command } from 'commander';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const page = read('docs/observability.md');
const report = read('docs/report.md');

/** What the controller names in spans and measurements. */
const source = globSync('src/controller/**/*.ts', { cwd: ROOT }).map(read).join('\n');
const told = (pattern: RegExp): Set<string> =>
  new Set([...source.matchAll(pattern)].map(([, name = '']) => name));
const inTicks = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name));

describe('docs/observability.md', () => {
  it('lists every metric with its kind, unit and nothing else', () => {
    const rows = [...page.matchAll(/^\| `(slipway\.[a-z._]+)` +\| (\w+) +\| `([^`]+)` +\|/gm)];
    const listed = rows.map(([, name, kind, unit]) => ({ name, kind, unit }));
    const known = Object.entries(METRICS).map(([name, { kind, unit }]) => ({ name, kind, unit }));
    const byName = (one: { name: string | undefined }): string => one.name ?? '';
    expect(listed.toSorted((a, b) => byName(a).localeCompare(byName(b)))).toEqual(
      known.toSorted((a, b) => byName(a).localeCompare(byName(b))),
    );
  });

  it('names every span', () => {
    const names = told(/(?:name: |inSpan\(ports, )'(slipway\.[a-z-]+)'/g);
    expect(names.size).toBeGreaterThan(7);
    expect([...names].filter((name) => !inTicks.has(name))).toEqual([]);
  });

  it('names every attribute', () => {
    const names = told(/'(slipway\.[a-z.]+)':/g);
    const attributes = [...names].filter((name) => !(name in METRICS));
    expect(attributes.length).toBeGreaterThan(12);
    expect(attributes.filter((name) => !inTicks.has(name))).toEqual([]);
  });

  it('says the limits of health as they are', () => {
    const minutes = (ms: number): number => ms / 60_000;
    expect(minutes(BOUNDS.ticksStoppedMs)).toBe(10);
    expect(minutes(BOUNDS.ticksLateMs)).toBe(2);
    expect(minutes(BOUNDS.serviceDownMs)).toBe(15);
    expect(minutes(BOUNDS.healthAskAfterMs)).toBe(5);
    expect(minutes(BOUNDS.healthLookEveryMs)).toBe(1);
    expect(BOUNDS.healthWaitMs).toBe(5_000);
    expect(BOUNDS.skewWarningMs).toBe(30_000);
    for (const text of ['ten minutes', '15 minutes', 'two minutes late', 'five minutes', '30 s']) {
      expect(page).toContain(text);
    }
  });
});

describe('what a start may say of its run', () => {
  it.each([
    ['docs/observability.md', page],
    ['docs/report.md', report],
  ])('is taken as %s shows it', (_file, text) => {
    const [, example = ''] = /```json\n("requestedBy": .*)\n```/.exec(text) ?? [];
    const start = JSON.parse(`{${example}}`) as object;
    const target = {
      subscriptionId: '11111111-2222-3333-4444-555555555555',
      resourceGroup: 'rg-shop',
      site: 'shop',
    };
    expect(() => parseStart({ ...start, target, slot: 'staging', version: '2.0.0' })).not.toThrow();
  });
});

describe('docs/report.md', () => {
  it('shows commands that can be given', () => {
    const [, block = ''] = /```\n(slipway report\n[\s\S]*?)```/.exec(report) ?? [];
    const lines = block.trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const program = new Command('slipway').exitOverride();
      addReport(program);
      const [command] = program.commands;
      const given: unknown[] = [];
      command?.action((options: unknown) => void given.push(options));
      program.parse(line.split(' ').slice(1), { from: 'user' });
      expect(given).toHaveLength(1);
    }
  });
});
