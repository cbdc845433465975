/**
 * May this receiver be told? CloudEvents' HTTP webhooks ask before the first delivery, so that nobody can
 * be flooded who does not want to be (cloudevents/spec, http-webhook.md, section 4).
 */
import { NotToldError } from '../../controller/ports/notifier.ts';
import { type Destination, laterError, send } from './send.ts';

export interface Asking {
  /** The host name that stands for all of this Slipway. */
  readonly origin: string;
  readonly now: () => number;
}

/** Asks once in the life of the process, and again after a no. */
export function createHandshake(to: Destination, { origin, now }: Asking): () => Promise<void> {
  let granted = false;
  return async () => {
    if (granted) return;
    const headers = { 'webhook-request-origin': origin };
    const answer = await send(to, { method: 'OPTIONS', headers, body: '' });
    const allowed = answer.headers['webhook-allowed-origin'];
    // Not by its status: who answers every OPTIONS with 200 has not agreed to anything.
    if (allowed !== '*' && allowed !== origin) {
      const later = laterError(to, answer, now());
      if (later !== undefined) throw later;
      const message = `${to.called} did not agree to be told: WebHook-Allowed-Origin is neither * nor ${origin}`;
      throw new NotToldError('receiver-refuses', message);
    }
    granted = true;
  };
}
