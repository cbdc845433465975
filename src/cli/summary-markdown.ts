/** A release in Markdown, for the page of a CI run. Everything in it may be somebody's own words. */
import type { AuditRowView, ReleaseView } from '../api/contract.ts';
import { formatCount, formatShare } from '../judge/format.ts';
import { bodyOf, isTransition } from './audit-lines.ts';
import { bar, percent } from './bars.ts';
import { appName, pageOf, ratioWords, standingOf } from './release-words.ts';

const POINTS = 40;
const BAR_CELLS = 20;
const ROWS_TOLD = 40;
const DIFFERENCES_TOLD = 8;

/** @param chart `mermaid` where it is drawn, `text` elsewhere */
export function summaryMarkdown(
  release: ReleaseView,
  rows: readonly AuditRowView[],
  chart: 'mermaid' | 'text',
): string {
  const ways = waysOf(rows.filter(isTransition));
  // Weights change where they are read back, which is no transition.
  const shares = waysOf(rows);
  const blocks = [
    `## ${title(release)}`,
    facts(release),
    plain(`${release.reason}: ${release.message}`),
    ...verdictBlocks(release),
    ...(shares.length === 0
      ? []
      : [chart === 'mermaid' ? mermaid(release, shares) : textChart(shares)]),
    ...hurtBlocks(release),
    ...(ways.length === 0 ? [] : [stepsTable(ways)]),
  ];
  return blocks.join('\n\n');
}

/** A row at which something changed for visitors or people. */
interface Way {
  readonly at: number;
  readonly time: string;
  readonly to: string;
  readonly share: number;
  readonly why: string;
}

function waysOf(rows: readonly AuditRowView[]): readonly Way[] {
  return rows.flatMap((row) => {
    const body = bodyOf(row);
    const at = Date.parse(row.at);
    if (body === undefined || Number.isNaN(at)) return [];
    const { to, weight, reason, message } = body;
    const share = weight.share ?? weight.confirmed;
    return [{ at, time: row.at.slice(11, 19), to, share, why: `${reason}: ${message}` }];
  });
}

const MARKS = { promoted: '✅', 'not-promoted': '❌', 'under-way': '⏳' } as const;

function title(release: ReleaseView): string {
  const mark = MARKS[standingOf(release.phase)];
  return `${mark} ${plain(appName(release))} ${plain(release.version)}: ${release.phase}`;
}

function facts(release: ReleaseView): string {
  const { requestedBy, baseline, weights } = release;
  const page = pageOf(release);
  const cells: readonly (readonly [string, string])[] = [
    ['Production', `${percent(weights.share)} on ${plain(release.version)}`],
    ['Before', baseline === null ? 'not known' : plain(baseline)],
    ['Plan', `${plain(release.plan)}, slot ${plain(release.slot)}`],
    ['Asked by', `${plain(requestedBy.name)}${requestedBy.claimed ? ' (claimed)' : ''}`],
    ...(requestedBy.commit === null ? [] : [['Commit', plain(requestedBy.commit)] as const]),
    ...(requestedBy.run === null ? [] : [['Run', link(requestedBy.run)] as const]),
    ['Release', page === undefined ? code(release.id) : `[${code(release.id)}](${target(page)})`],
  ];
  return ['| | |', '| --- | --- |', ...cells.map(([name, text]) => `| ${name} | ${text} |`)].join(
    '\n',
  );
}

function verdictBlocks({ verdict }: ReleaseView): readonly string[] {
  if (verdict === null) return [];
  const ratio = ratioWords(verdict);
  const lines = [
    `> **${plain(verdict.outcome)}**: ${plain(verdict.sentence)}`,
    ...(ratio === null ? [] : [`> It ${plain(ratio)}.`]),
  ];
  return [lines.join('\n>\n')];
}

/**
 * The share of production over time. An axis of numbers spreads the points evenly, so the share is read at
 * even times (https://mermaid.js.org/syntax/xyChart.html).
 */
function mermaid({ version }: ReleaseView, ways: readonly Way[]): string {
  const [first, last] = [ways[0]?.at ?? 0, ways.at(-1)?.at ?? 0];
  const minutes = Math.max(1, Math.ceil((last - first) / 60_000));
  const points = Array.from({ length: POINTS + 1 }, (_unused, index) => {
    const at = first + ((last - first) * index) / POINTS;
    return ways.findLast((way) => way.at <= at)?.share ?? 0;
  });
  return [
    '```mermaid',
    'xychart-beta',
    `  title "Production on ${version.replaceAll(/[^\w.+-]/g, ' ')}"`,
    `  x-axis "minutes since the start" 0 --> ${minutes}`,
    '  y-axis "percent" 0 --> 100',
    `  line [${points.map((share) => Number(share.toFixed(2))).join(', ')}]`,
    '```',
  ].join('\n');
}

function textChart(ways: readonly Way[]): string {
  const changes = ways.filter((way, index) => index === 0 || way.share !== ways[index - 1]?.share);
  const lines = changes.map(
    ({ time, share }) => `${time}  ${bar(share / 100, BAR_CELLS)} ${percent(share)}`,
  );
  return ['```text', ...lines, '```'].join('\n');
}

function hurtBlocks({ differences }: ReleaseView): readonly string[] {
  if (differences === null || differences.length === 0) return [];
  const of = ({ x, n }: { readonly x: number; readonly n: number }): string =>
    `${formatCount(x)} of ${formatCount(n)} (${formatShare(x, n)})`;
  return [
    '### Where it hurts',
    [
      '| | | new version | before |',
      '| --- | --- | --- | --- |',
      ...differences
        .slice(0, DIFFERENCES_TOLD)
        .map(
          (one) => `| ${one.kind} | ${plain(one.name)} | ${of(one.canary)} | ${of(one.baseline)} |`,
        ),
    ].join('\n'),
  ];
}

function stepsTable(ways: readonly Way[]): string {
  const told = ways.slice(-ROWS_TOLD);
  const left = ways.length - told.length;
  return [
    `<details><summary>What happened${left === 0 ? '' : `, without the first ${left} rows`}</summary>`,
    '',
    '| UTC | | production | why |',
    '| --- | --- | --- | --- |',
    ...told.map(
      ({ time, to, share, why }) =>
        `| ${time} | ${plain(to)} | ${percent(share)} | ${plain(why)} |`,
    ),
    '',
    '</details>',
  ].join('\n');
}

/** Text that Markdown leaves as it is, on one line. */
function plain(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').replaceAll(/[\\`*_[\]<>|#~&]/g, String.raw`\$&`);
}

function code(text: string): string {
  return `\`${text.replaceAll('`', '')}\``;
}

/** A link only where it leads to the web; anything else is shown as it is. */
function link(text: string): string {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  return isWeb ? `[${plain(url.host)}](${target(url.href)})` : plain(text);
}

/** An address that neither ends its link nor its cell. */
function target(href: string): string {
  return href.replaceAll(/[()\s|<>]/g, (one) =>
    encodeURIComponent(one).replaceAll('(', '%28').replaceAll(')', '%29'),
  );
}
