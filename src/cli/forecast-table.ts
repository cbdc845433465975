/** The forecast for people: two tables and what follows from them. */
import { styleText } from 'node:util';
import Table from 'cli-table3';

import { formatCount, formatFactor, formatPercent } from '../judge/format.ts';
import type { Plan } from '../release/plan.ts';
import { formatChanceOf, formatMinutes, formatTraffic } from './forecast-format.ts';
import type { Forecast, GoodForecast, RegressionForecast } from './forecast-result.ts';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';
type Paint = (style: Style, text: string) => string;

export interface TableOptions {
  readonly plan: Plan;
  readonly advice: readonly string[];
  /** False: no colours, whatever the environment says. */
  readonly colors: boolean;
}

export function forecastText(found: Forecast, { plan, advice, colors }: TableOptions): string {
  const paint: Paint = (style, text) => (colors ? styleText(style, text) : text);
  const { good, regressions } = found;
  const parts = [
    headline(found, plan, paint),
    ...(good.steps.length === 0 ? [] : [stepTable(good, paint)]),
    goodSentence(good, plan, paint),
    ...(advice.length === 0 ? [] : [adviceText(advice, paint)]),
    ...(regressions.length === 0
      ? []
      : [`${regressionsOf(found)}\n${regressionTable(found, paint)}`, EXPLAINED]),
    ...assumedText(found),
  ];
  return parts.join('\n\n');
}

const EXPLAINED = [
  'Taken back: as harmful, before it is production. After and harmed: of all that are taken back, in the watch too.',
  'Harmed: requests that fail only because of the new version, until it is taken back (mean).',
  'Times run from the first visitors; in them are bake, settle, and a minute until telemetry is there. maxBake is told without settle.',
].join('\n');

function headline(
  { plan: name, requestsPerMinute, failureRate, seed, good }: Forecast,
  plan: Plan,
  paint: Paint,
): string {
  const weights = plan.steps.map(({ weight }) => formatFactor(weight)).join(', ');
  const ramp = weights === '' ? 'no steps, all at once' : `${weights} %, then all`;
  const world = `${formatTraffic(requestsPerMinute)}, of which ${formatPercent(failureRate)} fail now`;
  const runs = `Simulated with the judge of production: ${formatCount(good.runs)} releases, seed ${seed}.`;
  return `${paint('bold', `Plan ${name}`)}: ${ramp}. ${world}.\n${runs}`;
}

function adviceText(advice: readonly string[], paint: Paint): string {
  return advice.map((sentence) => `${paint('yellow', '!')} ${sentence}`).join('\n');
}

/** What the percents and the factors of the second table are of. */
function regressionsOf({ regressions, failureRate }: Forecast): string {
  const runs = regressions.map((one) => one.runs);
  const [least, most] = [Math.min(...runs), Math.max(...runs)].map(formatCount);
  const of = least === most ? `${most}` : `${least} to ${most}`;
  return `Bad versions: each fails so many times as often as the present one (${formatPercent(failureRate)}); shares are of ${of} releases of each.`;
}

/** Metrics besides request failures are simulated as if they were so. */
function assumedText({ assumed }: Forecast): readonly string[] {
  if (assumed.length === 0) return [];
  return [['Assumed of the other metrics of this plan:', ...assumed].join('\n- ')];
}

function stepTable({ steps }: GoodForecast, paint: Paint): string {
  const head = ['a good version at', 'is certified after (9 in 10)', 'not within maxBake'];
  const table = newTable(head, paint);
  for (const step of steps) {
    const { certified, notCertified } = step;
    const late = `${formatChanceOf(notCertified)} in ${formatMinutes(step.maxBakeMinutes)}`;
    const style = step.never ? 'red' : notCertified > 0.1 ? 'yellow' : undefined;
    table.push([
      formatPercent(step.weight / 100),
      both(certified.median, certified.p90, formatMinutes),
      step.runs === 0 ? 'never got here' : style === undefined ? late : paint(style, late),
    ]);
  }
  return table.toString();
}

function goodSentence(good: GoodForecast, plan: Plan, paint: Paint): string {
  const { pausedForPerson, undecidedRollback, falseRollback } = good;
  const { count, of, below } = falseRollback;
  const said = [
    plan.steps.length === 0 ? 'A good version is production at once' : reachedText(good),
    ...(pausedForPerson > 0 ? [`${formatChanceOf(pausedForPerson)} wait for a person`] : []),
    ...(undecidedRollback > 0
      ? [`${formatChanceOf(undecidedRollback)} are taken back undecided`]
      : []),
  ];
  const bound = formatPercent(Math.ceil(below * 1000) / 1000);
  const mistakes = `Taken back by mistake: ${formatCount(count)} of ${formatCount(of)}; the chance of it is below ${bound} (95 % sure).`;
  const isBad = count / of > plan.analysis.alpha;
  return `${said.join('; ')}.\n${paint(isBad ? 'red' : 'green', mistakes)}`;
}

function reachedText({ toProduction: { median, p90 }, promoted }: GoodForecast): string {
  if (median === null) return `${formatChanceOf(promoted)} of good versions become production`;
  const slow = p90 === null ? '' : ` (9 in 10: ${formatMinutes(p90)})`;
  const all = promoted < 1 ? `; ${formatChanceOf(promoted)} get there by themselves` : '';
  return `A good version is production after ${formatMinutes(median)}${slow}${all}`;
}

function regressionTable({ regressions, failureRate }: Forecast, paint: Paint): string {
  const head = [
    'a version failing',
    'is taken back',
    'after (9 in 10)',
    'harmed (9 in 10)',
    'else',
  ];
  const table = newTable(head, paint);
  for (const one of regressions) {
    const { harmed, minutes } = one;
    const rate = formatPercent(Math.min(1, one.ratio * failureRate));
    const back = one.rolledBack + one.rolledBackInWatch;
    const style = back > 0.9 ? 'green' : back > 0.5 ? 'yellow' : 'red';
    table.push([
      `${formatFactor(one.ratio)}x (${rate})`,
      paint(style, formatChanceOf(one.rolledBack)),
      both(minutes.median, minutes.p90, formatMinutes),
      both(harmed.mean, harmed.p90, formatHarmed),
      elseText(one),
    ]);
  }
  return table.toString();
}

/** A mean of a third of a request is not none. */
function formatHarmed(requests: number): string {
  return requests > 0 && requests < 1 ? 'below 1' : formatCount(requests);
}

/** `46 min (53 min)`; of nothing a dash. Releases that never get there count as longer than all others. */
function both(one: number | null, p90: number | null, format: (value: number) => string): string {
  if (one === null) return '-';
  return `${format(one)} (${p90 === null ? 'longer' : format(p90)})`;
}

function elseText(one: RegressionForecast): string {
  const parts: readonly (readonly [number, string])[] = [
    [one.rolledBackInWatch, 'taken back in the watch'],
    [one.pausedForPerson, 'a person decides'],
    [one.undecidedRollback, 'taken back undecided'],
    [one.unseen, 'stay in production'],
  ];
  const said = parts.flatMap(([share, what]) =>
    share > 0 ? [`${formatChanceOf(share)} ${what}`] : [],
  );
  return said.length === 0 ? '-' : said.join('\n');
}

/** Own colours only: the library's would come wherever they are not switched off. */
function newTable(head: readonly string[], paint: Paint) {
  return new Table({
    head: head.map((title) => paint('bold', title)),
    style: { head: [], border: [] },
  });
}
