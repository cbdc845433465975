/** `slipway doctor`: what it prints, how long it waits, how it ends. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { ApiError } from '../../src/cli/api-client.ts';
import { addDoctor } from '../../src/cli/doctor-command.ts';
import { reportText } from '../../src/cli/doctor-report.ts';
import { checkPatiently, inTurn } from '../../src/cli/doctor-wait.ts';
import { lookOf } from '../../src/cli/look.ts';
import { limitsAt } from '../../src/limits.ts';
import { type Checkup, diagnose } from '../../src/release/doctor.ts';
import { type DoctorChange, doctorFacts, seen } from '../support/doctor-samples.ts';

const checkup = (change: DoctorChange = {}): Checkup => diagnose(doctorFacts(change), limitsAt(1));
const AUTO_SWAP = { seen: { autoSwapSlotName: 'production', labelled: [] } };
const look = { ...lookOf(process.stdout), columns: 80 };
const text = (change: DoctorChange = {}, columns = 80): string =>
  reportText(checkup(change), { ...look, columns });

describe('the report', () => {
  it('says by signs and words what colours would say, problems first', () => {
    const lines = text(AUTO_SWAP).split('\n');
    const signs = lines.flatMap((line) => /^[✗?!✓] \w+/.exec(line)?.[0] ?? []);
    expect(signs.slice(0, 3)).toEqual(['✗ problem', '? unknown', '✓ ok']);

    expect(lines.join('\n')).not.toMatch(/\u001b\[/);
    expect(lines.at(-1)).toMatch(
      /^A release would be refused: 1 problem, 1 unknown, \d+ checks are well\.$/,
    );
  });

  it('leaves commands whole, to be copied, however narrow the terminal is', () => {
    const command =
      'fix: az webapp deployment slot auto-swap --resource-group rg-shop --name shop --slot staging --disable';
    expect(
      text(AUTO_SWAP, 40)
        .split('\n')
        .map((line) => line.trim()),
    ).toContain(command);
  });

  it('breaks the other lines at the width of the terminal', () => {
    const long = text({}, 60)
      .split('\n')
      .slice(1)
      .filter((line) => line.length > 60);
    expect(long).toEqual([]);
  });

  it('lets nobody write into the terminal', () => {
    const evil = '\u001b[2J\nA release would be taken';
    expect(text({ seen: { labelled: [seen(evil, 1)] } })).not.toContain('\u001b');
  });

  it.each([
    ['A release would be taken', {}],
    ['A release would be refused', AUTO_SWAP],
    ['It cannot be told', { seen: { labelled: [] } }],
  ])('ends with a sentence: %s', (sentence, change) => {
    expect(text(change).split('\n').at(-1)).toContain(sentence);
  });
});

/** Answers one checkup after the other; the last one again and again. */
function asked(waitMs: number, ...answers: readonly Checkup[]) {
  const slept: number[] = [];
  const told: string[] = [];
  const since: (string | undefined)[] = [];
  const last = checkPatiently(
    async (from) => {
      since.push(from);
      const answer = answers[Math.min(since.length, answers.length) - 1];
      if (answer === undefined) throw new Error('no answer is left');
      return answer;
    },
    { waitMs, sleep: async (ms) => void slept.push(ms), tell: (line) => void told.push(line) },
  );
  return { last, slept, told, since };
}

describe('waiting', () => {
  const ready = checkup();
  const waiting = checkup({ seen: { labelled: [] } });

  it('is not needed for what is known', async () => {
    const { last, slept, told } = asked(60_000, ready);
    expect(await last).toBe(ready);
    expect([slept, told]).toEqual([[], []]);
  });

  it('lasts until telemetry shows the slot; requests of the first look count', async () => {
    const { last, slept, told, since } = asked(60_000, waiting, waiting, ready);
    expect(await last).toBe(ready);
    expect(slept).toEqual([2_000, 3_000]);
    expect(told).toEqual(['waiting up to 60 s for: Version in the slot']);
    expect(since).toEqual([undefined, waiting.since, waiting.since]);
  });

  it('ends when its time is over', async () => {
    const { last, slept } = asked(25_000, waiting);
    expect((await last).verdict).toBe('unknown');
    expect(slept).toEqual([2_000, 3_000, 5_000, 10_000, 5_000]);
  });

  it('is not begun for what no time brings, nor beside a problem', async () => {
    const rightless = checkup({
      seen: { labelled: [] },
      facts: { rights: { ok: false, code: 'AuthorizationFailed', why: 'no' } },
    });
    expect(rightless.verdict).toBe('unknown');
    for (const one of [rightless, checkup(AUTO_SWAP)]) {
      const { last, slept } = asked(60_000, one);
      await last;
      expect(slept).toEqual([]);
    }
  });

  describe('for a turn', () => {
    const later = (retryAfterMs?: number): ApiError => {
      const error = { code: 'too-many-requests', message: 'ask again', details: [] };
      return new ApiError(429, { error, release: undefined }, retryAfterMs);
    };

    async function took(...answers: readonly (ApiError | string)[]) {
      const slept: number[] = [];
      let asks = 0;
      const got = inTurn(
        async () => {
          const answer = answers[Math.min(asks, answers.length - 1)];
          asks += 1;
          if (answer instanceof ApiError) throw answer;
          return answer;
        },
        async (ms) => void slept.push(ms),
      );
      return { got: await got.catch((error: unknown) => error), slept };
    }

    it('lasts as long as Slipway says, and not for ever', async () => {
      expect(await took(later(7_000), later(2_000), 'seen')).toEqual({
        ...{ got: 'seen', slept: [7_000, 2_000] },
      });
      const never = await took(later(8_000));
      expect(never).toEqual({ got: later(8_000), slept: [8_000, 8_000, 8_000, 6_000] });
    });

    it('is no hot loop where nothing says how long', async () => {
      expect((await took(later(), later(0), 'seen')).slept).toEqual([1_000, 1_000]);
    });

    it('is not for other refusals', async () => {
      const error = { code: 'forbidden', message: 'no', details: [] };
      const no = new ApiError(403, { error, release: undefined });
      expect(await took(no)).toEqual({ got: no, slept: [] });
    });
  });

  it('can be left out', async () => {
    const { last, slept } = asked(0, waiting);
    await last;
    expect(slept).toEqual([]);
  });
});

describe('the command line', () => {
  const run = (...args: readonly string[]): Promise<unknown> => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    addDoctor(program);
    return program.parseAsync(['node', 'slipway', 'doctor', ...args]);
  };
  const SITE = '11111111-1111-1111-1111-111111111111/rg/shop';

  it.each([
    ['no app', [], 'say which app'],
    ['two ways', ['--app', 'shop', '--site', SITE], 'say which app'],
    ['a site without its slot', ['--site', SITE], '--slot'],
    ['what the registry has', ['--app', 'shop', '--workspace', 'w'], 'registry'],
    [
      'one stand-in alone',
      ['--site', SITE, '--slot', 's', '--arm-endpoint', 'http://127.0.0.1:1'],
      'go together',
    ],
    [
      'a stand-in elsewhere',
      [
        ...['--site', SITE, '--slot', 's', '--arm-endpoint', 'http://example.com'],
        ...['--logs-endpoint', 'http://127.0.0.1:1', '--sites-endpoint', 'http://127.0.0.1:1'],
      ],
      '127.0.0.1',
    ],
    ['a plan that is none', ['--app', 'shop', '--plan', 'bold'], 'bold'],
  ])('is refused with %s', async (_what, args, message) => {
    await expect(run(...args)).rejects.toMatchObject({
      code: expect.stringMatching(/^(usage|invalid-input)$/) as string,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    ['a site that is none', ['--site', 'shop']],
    ['a wait that is none', ['--app', 'shop', '--wait', 'soon']],
  ])('is refused with %s', async (_what, args) => {
    await expect(run(...args)).rejects.toThrow();
  });
});
