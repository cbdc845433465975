/** `slipway pause`, `resume`, `advance`, `promote`, `abort`, `rollback`, `acknowledge`. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { ReleaseAnswer, ReleaseView } from '../api/contract.ts';
import { SlipwayError } from '../release/errors.ts';
import type { CommandKind } from '../release/event.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { type ApiAccess, ApiError } from './api-client.ts';
import { askText, askYes, canAsk } from './ask.ts';
import { consequence, insteadOf } from './consequence.ts';
import { EXIT } from './exit-codes.ts';
import { refusable } from './failure.ts';
import { addRelease, type AppOption, releaseOf } from './find-release.ts';
import { copyable, labelled, lookOf, oneLine } from './look.ts';
import { headline, whyLines } from './release-status.ts';
import { whereItStands } from './release-words.ts';
import { commandRelease, getRelease, releaseIn, type Told } from './slipway-api.ts';
import { usage } from './usage.ts';

interface OverrideOptions extends AccessOptions, AppOption {
  readonly reason?: string;
  readonly choice?: 'adopt' | 'reapply';
  readonly expectedSequence?: number;
  readonly yes?: true;
}

interface Override {
  readonly kind: CommandKind;
  readonly does: string;
  readonly example: string;
}

const OVERRIDES: readonly Override[] = [
  {
    kind: 'pause',
    does: 'Stops a release where it stands; harm is still rolled back.',
    example: 'slipway pause --app shop --reason "the shop has a sale"',
  },
  {
    kind: 'resume',
    does: 'Lets a paused release go on.',
    example: 'slipway resume --app shop --choice reapply --reason "changed by mistake"',
  },
  {
    kind: 'advance',
    does: 'Goes to the next step without its evidence, recorded as not certified.',
    example: 'slipway advance --app shop --reason "night, nobody is there"',
  },
  {
    kind: 'promote',
    does: 'Skips the remaining steps; the watch after the swap is kept.',
    example: 'slipway promote --app shop --reason "security fix"',
  },
  {
    kind: 'abort',
    does: 'Ends a release and goes back to the version before.',
    example: 'slipway abort --app shop --reason "wrong build"',
  },
  {
    kind: 'rollback',
    does: 'Goes back to the version before, after the swap too.',
    example: 'slipway rollback --app shop --reason "checkout fails for some cards"',
  },
  {
    kind: 'acknowledge',
    does: 'Frees the app of a failed release, when a person has looked.',
    example: 'slipway acknowledge --app shop --reason "mended by hand, ticket 4711"',
  },
];

/** Adds the commands to the program. */
export function addOverrides(program: Command): void {
  for (const { kind, does, example } of OVERRIDES) {
    const command = addRelease(program.command(kind))
      .description(does)
      .option('--reason <text>', 'why; it stands in the audit (asked for on a terminal)')
      .option('--expected-sequence <number>', 'refuse when anything happened since', sequence)
      .option('--yes', 'no question on a terminal');
    if (kind === 'resume') {
      command.addOption(
        new Option(
          '--choice <choice>',
          'after drift: what was found, or what the release had',
        ).choices(['adopt', 'reapply']),
      );
    }
    addAccess(command)
      .addHelpText(
        'after',
        `\nExample:\n  ${example}\n\nExit codes: 0 done, 1 refused, 2 wrong usage, 3 could not tell, or no such release.\n`,
      )
      .action(
        refusable((given: string | undefined, options: OverrideOptions) =>
          order(kind, given, options).catch(withWayOut),
        ),
      );
  }
}

async function order(
  kind: CommandKind,
  given: string | undefined,
  options: OverrideOptions,
): Promise<void> {
  const access = accessOf(options);
  const asks = canAsk() && !options.yes;
  if (options.reason === undefined && !asks)
    throw usage('--reason is needed: it stands in the audit');
  const id = await releaseOf(access, given, options);
  const answer = asks
    ? await orderAsked(access, { id, kind }, options)
    : await commandRelease(access, { id, kind }, orderOf(options, options.reason ?? ''));
  if (answer === undefined) {
    console.error('slipway: nothing was done');
    process.exitCode = EXIT.bad;
    return;
  }
  const { release } = answer;
  console.log(
    options.json
      ? JSON.stringify({ release }, undefined, 2)
      : `${kind}: ${whereItStands(release)}, ${oneLine(release.message)} (row ${release.sequence} of the audit)`,
  );
}

/** An order without an answer may have arrived all the same. */
function withWayOut(error: unknown): never {
  if (!(error instanceof SlipwayError) || error.code !== 'unreachable') throw error;
  const message = `${error.message}; slipway status says whether it was taken`;
  throw new SlipwayError(error.code, message, { cause: error });
}

/** Somebody who is asked again and again has seen enough. */
const ROUNDS = 5;

/**
 * Shows the release and asks; what is ordered is ordered of the release as it was shown, and shown again
 * when it has moved on meanwhile.
 * @returns undefined: the answer was no
 */
async function orderAsked(
  access: ApiAccess,
  what: { readonly id: string; readonly kind: CommandKind },
  options: OverrideOptions,
): ReturnType<typeof ordered> {
  let shown = await getRelease(access, what.id);
  let reason = options.reason;
  for (let round = 1; ; round += 1) {
    show(what.kind, shown, shown.at);
    reason ??= await askText(`Why ${what.kind}? `);
    if (reason === '') throw usage('nothing was done: a reason is needed, it stands in the audit');
    if (!(await askYes(`${what.kind} this release?`))) return undefined;
    const expectedSequence = options.expectedSequence ?? shown.release.sequence;
    try {
      return await ordered(access, what, { ...options, reason, expectedSequence });
    } catch (error) {
      const now = error instanceof ApiError ? releaseIn(error.release) : undefined;
      const movedOn = error instanceof ApiError && error.code === 'sequence-moved-on';
      const isOwn = options.expectedSequence === undefined;
      if (!movedOn || !isOwn || now === undefined || round === ROUNDS) throw error;
      console.error('It has moved on meanwhile:');
      shown = { ...shown, release: now };
    }
  }
}

async function ordered(
  access: ApiAccess,
  what: { readonly id: string; readonly kind: CommandKind },
  options: OverrideOptions & { readonly reason: string },
): Promise<Told<{ readonly release: ReleaseView }> | undefined> {
  return commandRelease(access, what, orderOf(options, options.reason));
}

function orderOf(
  { choice, expectedSequence }: OverrideOptions,
  reason: string,
): Parameters<typeof commandRelease>[2] {
  return { reason, choice, expectedSequence };
}

/** Where it stands, and what yes will mean. */
function show(kind: CommandKind, { release, plan }: ReleaseAnswer, at: number | undefined): void {
  const look = lookOf(process.stderr, at);
  const does = consequence(kind, release, plan);
  const instead = insteadOf(kind, release);
  const lines = [
    headline(release, look),
    ...whyLines(release, look),
    ...(does === undefined ? [] : [labelled('Yes means', does, look)]),
    ...(instead === undefined ? [] : [copyable('One step', instead, look)]),
    '',
  ];
  console.error(lines.join('\n'));
}

function sequence(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A sequence is a whole number from 1.');
}
