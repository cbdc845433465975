/** Rows of an audit for people. */
import { z } from 'zod';

import type { AuditRowView } from '../api/contract.ts';
import { percent } from './bars.ts';
import { type Look, oneLine, wrap } from './look.ts';
import { phaseColor } from './release-words.ts';

/** What people read of an AuditBody; the text itself crosses HTTP when it is damaged. */
const BODY = z.looseObject({
  action: z.string(),
  actor: z.object({ kind: z.string(), name: z.string() }),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  message: z.string(),
  weight: z.object({ confirmed: z.number(), wanted: z.number(), share: z.number().optional() }),
});
export type AuditSeen = z.output<typeof BODY>;

/** Undefined: the body is not one. */
export function bodyOf({ body }: AuditRowView): AuditSeen | undefined {
  return BODY.safeParse(body).data;
}

/** Rows at which it stands elsewhere afterwards, or at which a person or metric spoke. */
const TRANSITIONS = new Set([
  'created',
  'phase-changed',
  'step-changed',
  'command-accepted',
  'watch-extended',
  'metric-alert',
  'harm-explained',
  'rescue-adopted',
]);

export function isTransition(row: AuditRowView): boolean {
  const body = bodyOf(row);
  return body === undefined || TRANSITIONS.has(body.action);
}

const TIME_WIDTH = 10;
const WHERE_WIDTH = 14;
const INDENT = ' '.repeat(TIME_WIDTH);

/** `12:03:11  ramping 2/3   25 %  certified: …`: what does not fit goes on below. */
export function auditLine(row: AuditRowView, look: Look): string {
  const { colors, columns } = look;
  const time = colors.dim(timeOf(row.at).padEnd(TIME_WIDTH));
  const body = bodyOf(row);
  if (body === undefined) return `${time}${colors.red('this row cannot be read')}`;
  const { weight, reason, message, actor } = body;
  const { where, more } = placeOf(body.to);
  const share = percent(weight.share ?? weight.confirmed).padStart(6);
  const who = actor.kind === 'system' ? '' : ` (${oneLine(actor.name)})`;
  const phase = phaseColor(where.split(' ')[0] ?? where, colors)(where.padEnd(WHERE_WIDTH));
  const head = `${time}${phase}${share}  `;
  const text = `${more}${oneLine(`${reason}: ${message}`)}${who}`;
  const width = columns - TIME_WIDTH - WHERE_WIDTH - 8;
  if (columns === Infinity) return `${head}${text}`;
  // Beside where there is room, else below: one narrow column would be read by nobody.
  if (text.length <= width) return `${head}${text}`;
  const lines = wrap(text, columns - INDENT.length - 1);
  return [head.trimEnd(), ...lines.map((line) => `${INDENT}${line}`)].join('\n');
}

/** `paused (ramping 2/3)` would push everything after it aside: what is in brackets stands before the reason. */
function placeOf(to: string): { readonly where: string; readonly more: string } {
  const [, where = to, inside] = /^([^(]*) \((.*)\)$/.exec(to) ?? [];
  return { where, more: inside === undefined ? '' : `(${inside}) ` };
}

/** All rows, each with its sequence, and a line for each day: every row counts here, whatever it is about. */
export function auditText(rows: readonly AuditRowView[], look: Look): string {
  if (rows.length === 0) return 'no rows';
  const width = String(rows.at(-1)?.sequence ?? 0).length;
  const narrower = { ...look, columns: look.columns - width - 2 };
  const lines: string[] = [];
  let day = '';
  for (const row of rows) {
    if (dayOf(row.at) !== day) lines.push(dayLine(row, look));
    day = dayOf(row.at);
    const number = look.colors.dim(String(row.sequence).padStart(width));
    const [first = '', ...more] = auditLine(row, narrower).split('\n');
    lines.push(`${number}  ${first}`, ...more.map((line) => `${' '.repeat(width + 2)}${line}`));
  }
  return lines.join('\n');
}

/** `2026-11-23` */
export function dayOf(at: string): string {
  return at.slice(0, 10);
}

/** Above the rows of a day: times alone would be taken for those of whoever reads them. */
export function dayLine({ at }: Pick<AuditRowView, 'at'>, { colors }: Look): string {
  return colors.dim(`${dayOf(at)}, UTC`);
}

/** `12:03:11 UTC`; with the day where that is another than today, or today is not known. */
export function momentOf(atMs: number, now: number | undefined): string {
  const at = new Date(atMs).toISOString();
  const isToday = now !== undefined && dayOf(new Date(now).toISOString()) === dayOf(at);
  return `${isToday ? '' : `${dayOf(at)} `}${timeOf(at)} UTC`;
}

/** `12:03:11`, in UTC. */
export function timeOf(at: string): string {
  return at.slice(11, 19);
}
