/** Releases one a line, with their weight as a bar. */
import Table from 'cli-table3';

import type { ReleaseView } from '../api/contract.ts';
import { formatText } from '../judge/format.ts';
import { bar, percent } from './bars.ts';
import { age, type Look, oneLine } from './look.ts';
import { appName, phaseColor, whereItStands } from './release-words.ts';

const BAR_CELLS = 10;
const NAME_CHARS = 24;
const VERSION_CHARS = 16;
/** With the ids beside the rest; narrower terminals have them below. */
const WIDE = 110;

export function releasesTable(releases: readonly ReleaseView[], look: Look): string {
  if (releases.length === 0) return 'no releases';
  const isWide = look.columns >= WIDE;
  const table = plainTable();
  const heads = ['APP', 'VERSION', 'PHASE', 'PRODUCTION', 'SINCE'];
  table.push((isWide ? [...heads, 'RELEASE'] : heads).map((head) => look.colors.dim(head)));
  for (const release of releases) {
    const id = look.colors.dim(release.id);
    table.push(isWide ? [...cells(release, look), id] : cells(release, look));
    if (!isWide) table.push([{ content: `  ${id}`, colSpan: heads.length }]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cells(release: ReleaseView, { colors, now }: Look): string[] {
  const { finished, weights } = release;
  const { share } = weights;
  const since = now === undefined ? release.since : age(now - Date.parse(release.since));
  return [
    colors.bold(formatText(oneLine(appName(release)), NAME_CHARS)),
    formatText(oneLine(release.version), VERSION_CHARS),
    phaseColor(release.phase, colors)(whereItStands(release)),
    // What it served last is not what it serves now: no bar of it.
    finished
      ? `ended at ${percent(share)}`
      : `${bar(share / 100, BAR_CELLS)} ${percent(share).padStart(5)}`,
    since,
  ];
}

/** Columns with two blanks between, and no lines: what is copied from it is the text alone. */
export function plainTable() {
  const none = '';
  return new Table({
    chars: {
      ...{ top: none, 'top-mid': none, 'top-left': none, 'top-right': none },
      ...{ bottom: none, 'bottom-mid': none, 'bottom-left': none, 'bottom-right': none },
      ...{ left: none, 'left-mid': none, mid: none, 'mid-mid': none },
      ...{ right: none, 'right-mid': none, middle: '  ' },
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}
