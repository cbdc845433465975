/** The receivers as the settings name them, checked. */
import type { AuditAction } from '../../release/audit.ts';
import type { Severity } from '../../release/notice.ts';

interface Common {
  readonly name: string;
  /** May be a secret: it stands in no message, log or answer. */
  readonly url: string;
  /** The least that is told. */
  readonly severity: Severity;
  /** Names of apps, `*` for any part of one; empty: all. */
  readonly apps: readonly string[];
  /** Empty: all. */
  readonly actions: readonly AuditAction[];
  /** Mustache, instead of the usual body. */
  readonly template: string | undefined;
}

export interface SlackConfig extends Common {
  readonly kind: 'slack';
}

export interface TeamsConfig extends Common {
  readonly kind: 'teams';
}

export interface WebhookConfig extends Common {
  readonly kind: 'webhook';
  /** `whsec_` and base64. */
  readonly secret: string;
}

export interface CloudEventsConfig extends Common {
  readonly kind: 'cloudevents';
  /** Access key of an Event Grid topic; undefined: none is sent. */
  readonly key: string | undefined;
  /** `entra`: a token of Slipway's identity, to Event Grid alone. */
  readonly auth: 'entra' | undefined;
  /** Ask the receiver first, as CloudEvents' webhooks do. */
  readonly handshake: boolean;
}

export type ReceiverConfig = SlackConfig | TeamsConfig | WebhookConfig | CloudEventsConfig;
export type ReceiverKind = ReceiverConfig['kind'];
