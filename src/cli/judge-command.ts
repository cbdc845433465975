/** `slipway judge`: the judge of production on counts from a file, or on a stored release. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';

import { certificates, weakest } from '../judge/certificates.ts';
import { judge, judgeEach } from '../judge/judge.ts';
import type { VersionNames } from '../judge/metric-words.ts';
import type { Bin, JudgeConfig, Verdict } from '../judge/types.ts';
import { NotFoundError } from '../release/errors.ts';
import { judgeConfig } from '../release/judge-config.ts';
import { replayed } from '../release/replay.ts';
import { standing } from '../release/transition.ts';
import { parseBins } from './judge-bins.ts';
import { ownStore, STORE } from './own-store.ts';
import { readPlan } from './read-plan.ts';
import { notRead } from './file-error.ts';
import { releaseIdArgument } from './release-id-argument.ts';
import { usage } from './usage.ts';

interface JudgeOptions {
  readonly alpha: number;
  readonly beta: number;
  readonly rho: number;
  readonly delta: number;
  readonly phi: number;
  readonly horizon: number;
  readonly marginRho: number;
  readonly marginDelta: number;
  readonly ceiling?: number;
  readonly release?: string;
  readonly plan?: string;
  readonly json?: true;
}

/** What is judged: bins, by a configuration, and for people the names of the versions. */
interface Case {
  readonly config: JudgeConfig;
  readonly bins: readonly Bin[];
  readonly step: number | null;
  readonly versions: VersionNames;
}

/** Adds the command to the program. */
export function addJudge(program: Command): void {
  program
    .command('judge')
    .description('Says what the evidence of a release, or of counts in a file, amounts to.')
    .argument('[file]', 'JSON Lines, one bin a line; - reads standard input')
    .option('--alpha <chance>', 'of a false rollback, over all bins', chance, 0.01)
    .option('--beta <chance>', 'of certifying a canary beyond the margin', chance, 0.05)
    .option('--rho <factor>', 'harm is above rho times the baseline plus delta', above0, 1)
    .option('--delta <fraction>', 'see --rho', fraction, 0)
    .option('--phi <factor>', 'overdispersion: every increment is divided by it', from1, 1)
    .option('--horizon <bins>', 'planned bins, over which late harm is expected', wholeFrom1, 60)
    .option('--margin-rho <factor>', 'certified is below this times the baseline', above0, 1.5)
    .option('--margin-delta <fraction>', 'plus this', fraction, 0.0002)
    .option(
      '--ceiling <fraction>',
      'a failure rate that is harm whatever the baseline does',
      chance,
    )
    .option(
      '--release <id>',
      `judge the final bins of a stored release instead of a file; reads ${STORE}`,
      releaseIdArgument,
    )
    .option('--plan <preset or file>', 'with --release: by another plan than its own')
    .option('--json', 'one JSON object a bin: log e-values and the verdict so far')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, options: JudgeOptions) => {
      const found = await caseOf(file, options);
      const data = { kind: 'ok' } as const;
      const verdicts = [...judgeEach({ ...found, data })];
      if (options.json) console.log(jsonLines(found, verdicts));
      else console.log(summary(verdicts, judge({ ...found, data, details: true })));
    });
}

const EXAMPLES = `
Examples:
  slipway judge minutes.jsonl
  echo '{"canary":{"requests":105,"failures":1},"baseline":{"requests":1905,"failures":2}}' | slipway judge - --json
  slipway judge --release 0123456789abcdef0123-0123456789abcdef012 --plan careful

A line is {"canary":{"requests":105,"failures":1},"baseline":{"requests":1905,"failures":2}}, with
"start":"2026-01-05T09:00:00Z" if wanted; other keys are left alone. Harm is latched; certified must hold
when the release advances. Bins without requests of the baseline decide nothing, unless there is a --ceiling:
where no bin has any, it judges alone, as in a release without a baseline. docs/judge-command.md has more.
The exit code is 0 whatever the verdict is; scripts read it with --json.
`;

async function caseOf(file: string | undefined, options: JudgeOptions): Promise<Case> {
  if ((file === undefined) === (options.release === undefined)) {
    throw usage('give either a file of bins or --release, and not both');
  }
  if (options.release !== undefined) return storedCase(options.release, options.plan);
  if (options.plan !== undefined)
    throw usage('--plan belongs to --release; a file is judged by options');
  return writtenCase(file, options);
}

async function writtenCase(file: string | undefined, options: JudgeOptions): Promise<Case> {
  const written = file === undefined || file === '-' ? await text(process.stdin) : readText(file);
  const { alpha, beta, rho, delta, phi, horizon } = options;
  const margins = [{ rho: options.marginRho, delta: options.marginDelta }];
  const bins = parseBins(written);
  return {
    config: {
      ...{ alpha, beta, rho, delta, phi, margins, horizonBins: horizon },
      mode: options.ceiling !== undefined && bins.every(isAlone) ? 'ceiling' : 'concurrent',
      watchFollows: false,
      ceiling: options.ceiling ?? 1,
      ceilingFrom: options.ceiling === undefined ? 'watch' : 'start',
    },
    bins,
    step: 0,
    versions: { canary: null, baseline: null },
  };
}

function isAlone({ baseline }: Bin): boolean {
  return baseline.requests === 0;
}

async function storedCase(id: string, planName: string | undefined): Promise<Case> {
  const loaded = await ownStore().releaseStore.load(id);
  if (loaded === undefined) throw new NotFoundError(`there is no release ${id}`);
  if (loaded.bins.length === 0)
    throw usage(`release ${id} has no final bins yet: there is nothing to judge`);
  const plan = planName === undefined ? loaded.plan : readPlan(planName);
  const [was, is] = [loaded.plan.analysis.intervalMs, plan.analysis.intervalMs];
  if (was !== is) {
    throw usage(`the bins of ${id} are ${was} ms long and the plan's interval is ${is} ms`);
  }
  const { release, bins } = replayed(loaded, plan);
  const at = standing(release.stage);
  const last = plan.steps.length - 1;
  const step = at.phase === 'ramping' ? Math.min(at.step, last) : last;
  return {
    config: judgeConfig(plan, release),
    bins,
    step: step < 0 ? null : step,
    versions: { canary: release.version, baseline: release.baseline ?? null },
  };
}

/** @throws FileError: what cannot be read is a wrong argument */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw notRead(file, cause);
  }
}

function jsonLines({ config, step }: Case, verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ evidence, outcome }) => {
      const certify = weakest(certificates(config, evidence, step))?.logE ?? null;
      return JSON.stringify({ harm: evidence.harm, certify, verdict: outcome });
    })
    .join('\n');
}

/** @param last the verdict on all bins, with all that a release's verdict says */
function summary(verdicts: readonly Verdict[], last: Verdict): string {
  const first = verdicts.findIndex(({ outcome }) => outcome === 'harm');
  const since = first < 0 ? '' : `, since bin ${first + 1}`;
  return `${last.outcome} after ${verdicts.length} bin${verdicts.length === 1 ? '' : 's'}${since}\n${last.sentence}`;
}

const number = (text: string, holds: (value: number) => boolean, what: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && holds(value)) return value;
  throw new InvalidArgumentError(`It is ${what}.`);
};
const chance = (text: string): number =>
  number(text, (value) => value > 0 && value < 1, 'a number between 0 and 1');
const fraction = (text: string): number =>
  number(text, (value) => value >= 0 && value <= 1, 'a fraction from 0 to 1');
const above0 = (text: string): number => number(text, (value) => value > 0, 'a number above 0');
const from1 = (text: string): number => number(text, (value) => value >= 1, 'a number from 1 on');
const wholeFrom1 = (text: string): number =>
  number(text, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1 on');
