/** Notices as signed JSON over HTTPS, in the form of Standard Webhooks (standardwebhooks.com). */
import { request as httpRequest } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';
import { Webhook } from 'standardwebhooks';

import type { Notifier } from '../../controller/ports/notifier.ts';
import { isLoopback } from '../../loopback.ts';
import { SlipwayError } from '../../release/errors.ts';
import { isForbiddenLiteral, lookupPublic } from './public-address.ts';

export interface WebhookOptions {
  /** https; http on this machine only where `local` is set. */
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  /** Store time, for the signature's timestamp. */
  readonly now: () => number;
  /** This machine may be told: the stand-ins of Azure are in use. */
  readonly local: boolean;
}

const TIMEOUT_MS = 5_000;

/** @throws SlipwayError `webhook-url` */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const url = new URL(options.url);
  const local = options.local && isLoopback(options.url);
  if (!local && (url.protocol !== 'https:' || isForbiddenLiteral(url.hostname))) {
    const message = `SLIPWAY_WEBHOOK_URL is not https to a public host (${url.host})`;
    throw new SlipwayError('webhook-url', message);
  }
  const webhook = new Webhook(options.secret);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return {
    tell: async (notice) => {
      const body = JSON.stringify({ type: `release.${notice.action}`, data: notice });
      const headers = headersOf(webhook, { id: notice.id, body, at: new Date(options.now()) });
      const status = await post(url, { send, body, headers, local });
      // 3xx too: a redirect would take the notice past the check of the address.
      if (status < 200 || status > 299) {
        throw new SlipwayError('webhook-answer', `the webhook at ${url.host} answered ${status}`);
      }
    },
  };
}

interface Signed {
  readonly id: string;
  readonly body: string;
  readonly at: Date;
}

function headersOf(webhook: Webhook, { id, body, at }: Signed): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'slipway',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': webhook.sign(id, at, body),
  };
}

interface Post {
  readonly send: typeof httpsRequest;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly local: boolean;
}

/** The status of the answer. Its body is nobody's business and is not read. */
async function post(url: URL, { send, body, headers, local }: Post): Promise<number> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const lookup = local ? {} : { lookup: lookupPublic };
  const options: RequestOptions = { method: 'POST', headers, signal, agent: false, ...lookup };
  return await new Promise<number>((resolve, reject) => {
    const request = send(url, options, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on('error', (cause) => {
      const why = signal.aborted ? `within ${TIMEOUT_MS} ms` : `(${cause.message})`;
      const message = `the webhook at ${url.host} gave no answer ${why}`;
      reject(new SlipwayError('webhook-unreachable', message, { cause }));
    });
    request.end(body);
  });
}
