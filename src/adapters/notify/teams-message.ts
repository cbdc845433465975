/**
 * A notice for Teams: an Adaptive Card in the message that the trigger "When a Teams webhook request is
 * received" of Power Automate Workflows takes (the connectors of Office 365 are retired).
 */
import type { Notice, Severity } from '../../release/notice.ts';
import { fit, headlineOf, verdictBeside } from './text.ts';

/** The word says it; the colour helps those who see it. */
const STYLE: Readonly<Record<Severity, string>> = {
  info: 'default',
  warning: 'warning',
  critical: 'attention',
};

const TEXT_CHARS = 2_000;
const SHORT_CHARS = 300;

interface Run {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Large';
}

/** The whole message; at its longest half of the 28 KB that Teams takes. */
export function teamsMessage(
  notice: Notice,
  link: string | null,
): Readonly<Record<string, unknown>> {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: card(notice, link),
      },
    ],
  };
}

function card(notice: Notice, link: string | null): Readonly<Record<string, unknown>> {
  const headline = headlineOf(notice);
  const verdict = verdictBeside(notice);
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    fallbackText: fit(headline, SHORT_CHARS),
    body: [
      {
        type: 'Container',
        style: STYLE[notice.severity],
        bleed: true,
        items: [line([{ ...run(headline, SHORT_CHARS), weight: 'Bolder', size: 'Large' }])],
      },
      said('Why', notice.why),
      ...(notice.message === '' ? [] : [line([run(notice.message, TEXT_CHARS)])]),
      ...(verdict === null ? [] : [said('Verdict', verdict, TEXT_CHARS)]),
      said(
        'Version',
        notice.baseline === null ? notice.version : `${notice.baseline} → ${notice.version}`,
      ),
      said('Traffic', notice.traffic),
      said('By', `${notice.who}; started by ${notice.requestedBy}`),
      { ...line([run(`${notice.at} · ${notice.id}`, SHORT_CHARS)]), spacing: 'Small' },
    ],
    actions:
      link === null ? [] : [{ type: 'Action.OpenUrl', title: 'Open the release', url: link }],
  };
}

/**
 * Runs are text and nothing else: unlike a TextBlock's or a fact's, what is in them is no Markdown
 * (learn.microsoft.com/adaptive-cards/schema-explorer/text-run).
 */
function line(inlines: readonly Run[]): Readonly<Record<string, unknown>> {
  return { type: 'RichTextBlock', inlines };
}

function said(
  label: string,
  value: string,
  chars = SHORT_CHARS,
): Readonly<Record<string, unknown>> {
  return line([{ ...run(`${label}: `, chars), weight: 'Bolder' }, run(value, chars)]);
}

function run(text: string, chars: number): Run {
  return { type: 'TextRun', text: fit(text, chars) };
}
