/** A notice for an incoming webhook of Slack: Block Kit within its limits (docs.slack.dev/reference/block-kit). */
import type { Notice, Severity } from '../../release/notice.ts';
import { fit, headlineOf, slackCharacter, verdictBeside } from './text.ts';

/** A picture beside the word, never in its place. */
const SIGN: Readonly<Record<Severity, string>> = {
  info: ':information_source:',
  warning: ':warning:',
  critical: ':rotating_light:',
};

const HEADER_CHARS = 150;
const SECTION_CHARS = 3_000;
const FIELD_CHARS = 2_000;
/** Of the notification on a phone; Slack takes more. */
const TEXT_CHARS = 300;

/** `verbatim`: nothing that looks like a channel, a mention or a link becomes one. */
interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: true;
}

/** Of Slack's blocks the few that are used; their lists are mutable as in Slack's own types. */
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'section'; readonly fields: Mrkdwn[] }
  | { readonly type: 'context'; readonly elements: Mrkdwn[] };

export interface SlackMessage {
  /** What notifications and screen readers have. */
  readonly text: string;
  readonly blocks: SlackBlock[];
}

export function slackMessage(notice: Notice, link: string | null): SlackMessage {
  const headline = headlineOf(notice);
  const verdict = verdictBeside(notice);
  return {
    text: fit(headline, TEXT_CHARS, slackCharacter),
    blocks: [
      {
        type: 'header',
        text: {
          type: 'plain_text',
          // Plain text needs no escape; the picture's name is longer than the picture.
          text: `${SIGN[notice.severity]} ${fit(headline, HEADER_CHARS - SIGN_CHARS)}`,
          emoji: true,
        },
      },
      section(`*Why:* ${escaped(notice.why, FIELD_CHARS)}`),
      ...(notice.message === '' ? [] : [section(escaped(notice.message, SECTION_CHARS))]),
      ...(verdict === null ? [] : [section(`*Verdict:* ${escaped(verdict, SECTION_CHARS - 20)}`)]),
      {
        type: 'section',
        fields: [
          field('App', notice.app),
          field('Version', versions(notice)),
          field('Traffic', notice.traffic),
          field('By', `${notice.who}; started by ${notice.requestedBy}`),
        ],
      },
      // A button would send an interaction that this app has nobody to answer; a link does not.
      ...(link === null
        ? []
        : [section(`<${fit(link, FIELD_CHARS, slackCharacter)}|Open the release>`)]),
      {
        type: 'context',
        elements: [mrkdwn(escaped(`${notice.at} · ${notice.id}`, FIELD_CHARS))],
      },
    ],
  };
}

const SIGN_CHARS = Math.max(...Object.values(SIGN).map((sign) => sign.length)) + 1;

function versions({ version, baseline }: Notice): string {
  return baseline === null ? version : `${baseline} → ${version}`;
}

const escaped = (text: string, chars: number): string => fit(text, chars, slackCharacter);

function section(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) };
}

function field(label: string, value: string): Mrkdwn {
  return mrkdwn(`*${label}*\n${escaped(value, FIELD_CHARS - label.length - 3)}`);
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}
