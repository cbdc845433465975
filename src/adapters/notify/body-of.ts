/** What one kind of receiver is sent for a notice: the body, and the headers that go with it. */
import { Webhook } from 'standardwebhooks';

import { NotToldError } from '../../controller/ports/notifier.ts';
import type { Notice } from '../../release/notice.ts';
import { CLOUD_EVENT_TYPE, cloudEvent } from './cloud-event.ts';
import type { ReceiverConfig, WebhookConfig } from './receiver-config.ts';
import { slackMessage } from './slack-message.ts';
import { teamsMessage } from './teams-message.ts';
import { bytesAtMost, renderTemplate } from './template.ts';

export interface Body {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Sending {
  readonly notice: Notice;
  /** The release on the dashboard; null: nobody knows the address. */
  readonly link: string | null;
  /** Store time in ms, for signatures. */
  readonly now: number;
}

/** @throws NotToldError `notice-too-large` */
export function bodyOf(config: ReceiverConfig, sending: Sending): Body {
  const made = madeFor(config, sending);
  const bytes = Buffer.byteLength(made.body);
  const most = bytesAtMost(config.kind);
  if (bytes > most) {
    const message = `the message for ${config.name} has ${bytes} bytes, at most ${most} are accepted: shorten its template`;
    throw new NotToldError('notice-too-large', message);
  }
  return made;
}

function madeFor(config: ReceiverConfig, { notice, link, now }: Sending): Body {
  const own =
    config.template === undefined
      ? undefined
      : renderTemplate(config.template, config.kind, { notice, link });
  switch (config.kind) {
    case 'slack':
      return json(own ?? slackMessage(notice, link));
    case 'teams':
      return json(own ?? teamsMessage(notice, link));
    case 'webhook':
      return signed(config, own ?? { type: typeOf(notice), data: { ...notice, link } }, {
        id: notice.id,
        at: new Date(now),
      });
    case 'cloudevents':
      return json(cloudEvent(notice, own ?? { ...notice, link }), CLOUD_EVENT_TYPE);
    default:
      return neverKind(config);
  }
}

function neverKind(config: never): never {
  throw new TypeError(`unknown kind of receiver: ${JSON.stringify(config)}`);
}

function typeOf({ action }: Notice): string {
  return `release.${action}`;
}

function json(value: unknown, type = 'application/json'): Body {
  return { body: JSON.stringify(value), headers: { 'content-type': type } };
}

/** In the form of Standard Webhooks (standardwebhooks.com). */
function signed(
  { secret }: WebhookConfig,
  value: unknown,
  { id, at }: { readonly id: string; readonly at: Date },
): Body {
  const { body, headers } = json(value);
  return {
    body,
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
  };
}
