import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { az, quoted } from '../../src/release/doctor-az.ts';
import { diagnose } from '../../src/release/doctor.ts';
import { limitsAt } from '../../src/limits.ts';
import { doctorFacts, seen } from '../support/doctor-samples.ts';
import '../support/fixed-seed.ts';
import { sampleRequest } from '../support/release-samples.ts';

/** What a shell makes of words: it prints them, one a line. */
function shell(line: string): readonly string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

describe('commands to copy', () => {
  it('name the app, and the slot where they are about it', () => {
    const request = sampleRequest();
    expect(az(request, { verb: 'start', slot: true })).toBe(
      'az webapp start --resource-group rg-shop --name shop --slot staging',
    );
    expect(az(request, { verb: 'start', slot: false, more: '--x y' })).toBe(
      'az webapp start --resource-group rg-shop --name shop --x y',
    );
  });

  it('hand every text to the program as it is, whatever a shell would make of it', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 }).filter((one) => !/[\p{Cc}]/u.test(one));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (words) => {
        expect(shell(words.map(quoted).join(' '))).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });

  it('run nothing that an app has put into its version', () => {
    const evil = "1'; touch /tmp/x; echo '$(id)";
    const checkup = diagnose(
      doctorFacts({
        facts: { versionGiven: false },
        seen: { versions: [seen(evil, 9)], labelled: [seen('', 1), seen(evil, 1)] },
      }),
      limitsAt(1),
    );
    const commands = checkup.checks.flatMap(({ fix }) =>
      fix?.startsWith('az ') === true ? [fix] : [],
    );
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(shell(command).join(' ')).not.toContain('uid=');
  });
});
