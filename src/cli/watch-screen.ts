/** Where a watch is seen: a terminal that is drawn over, a log with a line a transition, or JSON Lines. */
import { createLogUpdate } from 'log-update';

import type { AuditRowView } from '../api/contract.ts';
import { auditLine, bodyOf, dayLine, dayOf } from './audit-lines.ts';
import { isTerminal, labelled, type Look, lookOf, oneLine } from './look.ts';
import { evidenceLines } from './evidence-lines.ts';
import { headline, nextLines, pageLines, untilLines, whyLines } from './release-status.ts';
import type { Seen, WatchScreen } from './watch.ts';

export interface Screen extends WatchScreen {
  /** Takes away what moves, before something else is written. */
  clear(): void;
}

export function watchScreen(json: boolean): Screen {
  if (json) return jsonScreen();
  return isTerminal(process.stdout) ? terminalScreen(process.stdout) : logScreen();
}

function jsonScreen(): Screen {
  const line = (value: object): void => console.log(JSON.stringify(value));
  return {
    begun: () => undefined,
    transition: (row) => line({ kind: 'transition', ...rowFacts(row) }),
    moving: () => undefined,
    trouble: (message, waitMs) => line({ kind: 'trouble', message, waitMs }),
    clear: () => undefined,
  };
}

/** Without the facts: query and answer are in the audit, and a line is for a log. */
function rowFacts(row: AuditRowView): object {
  const { sequence, at } = row;
  const body = bodyOf(row);
  if (body === undefined) return { sequence, at };
  const { action, actor, from, to, reason, message, weight } = body;
  return { sequence, at, action, actor, from, to, reason, message, weight };
}

/** A row, and above the first one of each day which day it is. */
function dayByDay(): (row: AuditRowView, look: Look) => readonly string[] {
  let day = '';
  return (row, look) => {
    const isNew = dayOf(row.at) !== day;
    day = dayOf(row.at);
    return [...(isNew ? [dayLine(row, look)] : []), auditLine(row, look)];
  };
}

function logScreen(): Screen {
  const linesOf = dayByDay();
  return {
    begun: ({ release }) => {
      for (const line of pageLines(release, lookOf(process.stdout))) console.log(line);
    },
    transition: (row, seen) => {
      for (const line of linesOf(row, lookOf(process.stdout, seen.at))) console.log(line);
    },
    moving: () => undefined,
    trouble: (message, waitMs) => console.error(troubleText(message, waitMs)),
    clear: () => undefined,
  };
}

function terminalScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const linesOf = dayByDay();
  let drawn = '';
  const line = (text: string): void => {
    update.clear();
    // Not `update.persist`: it breaks long lines, and then they could not be copied.
    stream.write(`${text}\n`);
    if (drawn !== '') update(drawn);
  };
  return {
    begun: ({ release }) => pageLines(release, lookOf(stream)).forEach(line),
    transition: (row, seen) => linesOf(row, lookOf(stream, seen.at)).forEach(line),
    moving: (seen) => {
      drawn = movingText(seen, lookOf(stream, seen.at));
      update(drawn);
    },
    trouble: (message, waitMs) => {
      const look = lookOf(stream);
      update([drawn, look.colors.magenta(troubleText(message, waitMs))].join('\n'));
    },
    clear: () => {
      drawn = '';
      update.clear();
    },
  };
}

function movingText({ release, plan }: Seen, look: Look): string {
  const lines = [
    '',
    headline(release, look),
    ...whyLines(release, look),
    ...untilLines(release, plan, look),
    ...evidenceLines(release, look),
    ...nextLines(release, look),
    labelled('Ctrl-C', 'ends the watch; the release goes on', look),
  ];
  return lines.join('\n');
}

function troubleText(message: string, waitMs: number): string {
  return `slipway: ${oneLine(message)}; asking again in ${waitMs / 1000} s`;
}
