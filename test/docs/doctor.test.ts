// docs/doctor.md is written by hand: this holds it against the code.
import { readFileSync } from 'node:fs';

import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { addDoctor } from '../../src/cli/doctor-command.ts';
import { limitsAt } from '../../src/limits.ts';
import { diagnose } from '../../src/release/doctor.ts';
import { doctorFacts } from '../support/doctor-samples.ts';

const docs = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');

/** Every check: a plan with a query of its own, and a read that no check of its own tells. */
const { checks } = diagnose(
  doctorFacts({
    plan: { analysis: { metrics: { kql: [{ name: 'm', query: 'AppRequests' }] } } },
    preflight: { unread: [{ what: 'more', code: 'c', message: 'm', refused: true }] },
  }),
  limitsAt(1),
);

describe('docs/doctor.md', () => {
  it('has every check, and whether it decides', () => {
    const rows = [...docs.matchAll(/^\| `([a-z-]+)` +\| (yes|no) /gm)].map(([, id, decides]) => [
      id,
      decides,
    ]);
    const expected = checks.map(({ id, decides }) => [id, decides ? 'yes' : 'no']);
    expect(rows.toSorted()).toEqual(expected.toSorted());
  });

  it('has every option of the command', () => {
    const program = new Command();
    addDoctor(program);
    const options = program.commands[0]?.options.filter(({ hidden }) => !hidden) ?? [];
    expect(options.length).toBeGreaterThan(10);
    const missing = options.filter(({ long }) => long !== '--as' && !docs.includes(long ?? ''));
    expect(missing.map(({ long }) => long)).toEqual([]);
  });
});
