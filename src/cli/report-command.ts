/** `slipway report`: DORA's four figures of each app. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import { doraFigures } from '../release/dora.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { appAddress, appArgument } from './find-release.ts';
import { lookOf } from './look.ts';
import { readReport } from './report-read.ts';
import { type Report, reportText } from './report-table.ts';

interface ReportOptions extends AccessOptions {
  readonly app?: string;
  readonly since: Since;
}

/** When a period begins, by what time it is now. */
type Since = (now: number) => number;

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: DAY_MS / 24, d: DAY_MS, w: 7 * DAY_MS };
const DAYS_MAX = 366;

const EXAMPLES = `
Examples:
  slipway report
  slipway report --since 12w --app shop
  slipway report --since 2026-01-01 --json
`;

/** Adds the command to the program. */
export function addReport(program: Command): void {
  const command = program
    .command('report')
    .description(
      'Deployment frequency, change lead time, change fail rate and failed deployment recovery time of each app.',
    )
    .addOption(
      new Option('--since <when>', 'how far back (24h, 30d, 12w), or a date')
        .argParser(since)
        .default(since('30d'), '30d'),
    )
    .option(
      '--app <name>',
      'of one app: its name in the registry, or its resource id',
      appArgument,
    );
  addAccess(command).addHelpText('after', EXAMPLES).action(report);
}

async function report(options: ReportOptions): Promise<void> {
  const access = accessOf(options);
  const app = options.app === undefined ? undefined : await appAddress(access, options.app);
  const read = await readReport(access, { app, from: options.since });
  const to = read.now ?? 0;
  const period = { from: options.since(to), to };
  const made: Report = { period, apps: doraFigures(read.releases, period), cut: read.cut };
  console.log(
    options.json
      ? JSON.stringify(jsonOf(made), undefined, 2)
      : reportText(made, lookOf(process.stdout, to)),
  );
}

/** Times as everywhere in JSON; durations stay milliseconds. */
function jsonOf({ period, apps, cut }: Report): unknown {
  const iso = (at: number): string => new Date(at).toISOString();
  return { from: iso(period.from), to: iso(period.to), truncated: cut, apps };
}

function since(text: string): Since {
  const [, amount, unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const lengthMs = Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  if (lengthMs > 0 && lengthMs <= DAYS_MAX * DAY_MS) return (now) => now - lengthMs;
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(date)) return (now) => Math.min(now, Math.max(date, now - DAYS_MAX * DAY_MS));
  throw new InvalidArgumentError(
    `Write how far back, such as 24h, 30d or 12w (at most ${DAYS_MAX} days), or a date such as 2026-01-01.`,
  );
}
