/** The report for people: a line an app, and what the figures are made of. */
import type { DoraFigures, Median, Period } from '../release/dora.ts';
import { age, type Look, oneLine, wrap } from './look.ts';
import { plainTable } from './release-table.ts';

export interface Report {
  readonly period: Period;
  readonly apps: readonly DoraFigures[];
  /** Only the newest releases were read. */
  readonly cut: boolean;
}

const NAME_CHARS = 24;
const NOTHING = '-';
const DAY_MS = 86_400_000;

export function reportText({ period, apps, cut }: Report, look: Look): string {
  const days = Math.round((period.to - period.from) / DAY_MS);
  const when = `${day(period.from)} to ${day(period.to)} (${days} days)`;
  if (apps.length === 0) return `no app was deployed from ${when}`;
  const table = plainTable();
  const heads = ['APP', 'DEPLOYED', 'FREQUENCY', 'LEAD TIME', 'FAIL RATE', 'RECOVERY'];
  table.push(heads.map((head) => look.colors.dim(head)));
  for (const figures of apps) table.push(cells(figures, look));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const notes = notesOf(apps, cut).flatMap((note) => wrap(note, Math.min(look.columns, 100)));
  return [when, '', ...lines, '', ...notes.map((note) => look.colors.dim(note))].join('\n');
}

function cells(figures: DoraFigures, { colors }: Look): string[] {
  const { changeLeadTime, changeFailRate, failedDeploymentRecoveryTime: recovery } = figures;
  const open = recovery.open === 0 ? '' : ` (${recovery.open} open)`;
  const rate = changeFailRate === undefined ? NOTHING : percent(changeFailRate.share);
  const failed = figures.failed === 0 ? '' : `, ${figures.failed} failed`;
  return [
    colors.bold(oneLine(figures.app).slice(0, NAME_CHARS)),
    `${figures.deployments}${failed}`,
    frequency(figures.deploymentFrequency.perDay),
    changeLeadTime === undefined
      ? NOTHING
      : `${age(changeLeadTime.medianMs)}${changeLeadTime.from === 'start' ? '*' : ''}`,
    rate,
    `${medianText(recovery.time)}${open}`,
  ];
}

function medianText(time: Median | undefined): string {
  return time === undefined ? NOTHING : age(time.medianMs);
}

/** The unit in which it is at least one. */
function frequency(perDay: number): string {
  if (perDay >= 1) return `${rounded(perDay)} a day`;
  return perDay * 7 >= 1 ? `${rounded(perDay * 7)} a week` : `${rounded(perDay * 30)} a month`;
}

function rounded(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function notesOf(apps: readonly DoraFigures[], cut: boolean): readonly string[] {
  const fromStart = apps.some(({ changeLeadTime }) => changeLeadTime?.from === 'start');
  return [
    'Lead time and recovery are medians. docs/report.md says what each figure can and cannot know.',
    ...(fromStart
      ? ['* from the start of the release: no start of this app said when its commit was made.']
      : []),
    ...(cut ? ['There were more releases than are read: these figures are of the newest.'] : []),
  ];
}
