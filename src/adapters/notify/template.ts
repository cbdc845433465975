/** A body of one's own: Mustache over the fields of a notice, with values escaped for JSON. */
import Mustache from 'mustache';

import { BOUNDS } from '../../limits.ts';
import type { Notice } from '../../release/notice.ts';
import { longestNotice, sampleNotice } from '../../release/notice-sample.ts';
import type { ReceiverKind } from './receiver-config.ts';
import { fit, markdownCharacter, slackCharacter } from './text.ts';

const TEXT_CHARS = 2_000;

/** What a template may name: texts of people are escaped for the receiver's kind, the others are plain. */
function viewOf(notice: Notice, link: string | null, kind: ReceiverKind): View {
  const escape = escapeOf(kind);
  const text = (value: string): string => fit(value, TEXT_CHARS, escape);
  const { actor, weight } = notice;
  return {
    id: notice.id,
    release: notice.release,
    sequence: notice.sequence,
    at: notice.at,
    severity: notice.severity,
    action: notice.action,
    reason: notice.reason,
    head: notice.head,
    link: link ?? '',
    siteId: notice.siteId,
    title: text(notice.title),
    app: text(notice.app),
    slot: text(notice.slot),
    version: text(notice.version),
    baseline: text(notice.baseline ?? ''),
    who: text(notice.who),
    requestedBy: text(notice.requestedBy),
    from: text(notice.from),
    to: text(notice.to),
    why: text(notice.why),
    message: text(notice.message),
    verdict: text(notice.verdict ?? ''),
    traffic: text(notice.traffic),
    actor: { kind: actor.kind, name: text(actor.name) },
    weight,
  };
}

function escapeOf(kind: ReceiverKind): ((character: string) => string) | undefined {
  if (kind === 'slack') return slackCharacter;
  return kind === 'teams' ? markdownCharacter : undefined;
}

type View = Readonly<Record<string, unknown>>;

/**
 * The value that the template makes of a notice.
 * @throws SyntaxError when it is no JSON; Error for what Mustache cannot read
 */
export function renderTemplate(
  template: string,
  kind: ReceiverKind,
  { notice, link }: { readonly notice: Notice; readonly link: string | null },
): unknown {
  const view = viewOf(notice, link, kind);
  return JSON.parse(Mustache.render(template, view, {}, { escape: jsonText })) as unknown;
}

/** Stands between the quotes of a JSON string, or by itself where it is a number. */
function jsonText(value: unknown): string {
  return JSON.stringify(String(value)).slice(1, -1);
}

/** What is wrong with a template, found by rendering notices that cover what there can be, or be left out. */
export function templateProblem(template: string, kind: ReceiverKind): string | undefined {
  const unfit = unfitTag(template);
  if (unfit !== undefined) return unfit;
  return examples()
    .map((example) => renderProblem(template, kind, example))
    .find((problem) => problem !== undefined);
}

interface Example {
  readonly notice: Notice;
  readonly link: string | null;
}

/** With everything, with each thing left out that may be, without all of them, and the longest. */
function examples(): readonly Example[] {
  const notice = sampleNotice('sample', 0);
  const full: Example = { notice, link: SAMPLE_LINK };
  const bare = LEFT_OUT.reduce<Notice>((left, changes) => ({ ...left, ...changes }), notice);
  return [
    full,
    ...LEFT_OUT.map((changes) => ({ ...full, notice: { ...notice, ...changes } })),
    { ...full, link: null },
    { notice: bare, link: null },
    { notice: longestNotice(TEXT_CHARS), link: SAMPLE_LINK },
  ];
}

/** For Mustache 0 is as good as nothing. */
const LEFT_OUT: readonly Partial<Notice>[] = [
  { verdict: null },
  { baseline: null },
  { message: '' },
  { from: '' },
  { weight: { confirmed: 0, wanted: 0, share: 0 } },
];

function renderProblem(template: string, kind: ReceiverKind, shown: Example): string | undefined {
  let value: unknown;
  try {
    value = renderTemplate(template, kind, shown);
  } catch {
    // What was thrown repeats the template, which may hold anything.
    return 'does not give JSON: numbers may stand bare, as {{weight.share}}, texts stand between quotes, as "{{title}}"';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'does not give a JSON object';
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  const most = bytesAtMost(kind);
  return bytes > most ? `gives up to ${bytes} bytes, at most ${most} are accepted` : undefined;
}

const SAMPLE_LINK = 'https://example.com/api/dashboard#/releases/sample';

export function bytesAtMost(kind: ReceiverKind): number {
  return kind === 'teams' ? BOUNDS.teamsBytes : BOUNDS.noticeBytes;
}

const NAMES = namesIn(viewOf(sampleNotice('names', 0), '', 'webhook'));

/** Fields, and fields of fields as `weight.share`. */
function namesIn(view: View): ReadonlySet<string> {
  const names = Object.entries(view).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).map((inner) => `${name}.${inner}`)
      : [name],
  );
  return new Set(names);
}

function unfitTag(template: string): string | undefined {
  let tokens: readonly unknown[];
  try {
    tokens = Mustache.parse(template);
  } catch {
    return 'is not Mustache: a tag or a section is not closed';
  }
  return tokens.map(tagProblem).find((problem) => problem !== undefined);
}

/** A token is `[type, name, start, end, inner tokens…]`; mustache.js 4.2, `parseTemplate`. */
function tagProblem(token: unknown): string | undefined {
  if (!Array.isArray(token)) return undefined;
  const [type, name, , , inner] = token as readonly unknown[];
  if (type === 'text' || type === '!') return undefined;
  const called = `{{${String(name)}}}`;
  if (type === '&') return `has ${called} unescaped: write it with two braces`;
  if (type !== 'name' && type !== '#' && type !== '^') {
    return `has ${called}: only fields and sections are known, no partials and no other delimiters`;
  }
  if (!NAMES.has(String(name))) {
    return `has ${called}: there is no such field; the fields are ${[...NAMES].join(', ')}`;
  }
  return Array.isArray(inner) ? inner.map(tagProblem).find((one) => one !== undefined) : undefined;
}
