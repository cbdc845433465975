import type { Reason } from './reason.ts';
import type { Subject, Suspect } from './release.ts';
import type { RescueRecord } from './rescue-record.ts';

/**
 * Everything that can happen to a release. The transition table answers each of them in each phase.
 * `message` is the line people read, `facts` go into the audit row as they are.
 */
export type Event = TickEvent | Command;

interface Told {
  readonly message: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type TickEvent =
  | ({ readonly kind: 'app-free' } & Told)
  | ({
      readonly kind: 'preflight-passed';
      readonly subject: Subject;
      readonly baseline: string | null;
    } & Told)
  | ({ readonly kind: 'preflight-failed'; readonly reason: Reason } & Told)
  | ({ readonly kind: 'harm'; readonly reason: HarmReason } & Told)
  | ({ readonly kind: 'slot-overwritten' } & Told)
  | ({ readonly kind: 'drift'; readonly found: Suspect } & Told)
  | ({ readonly kind: 'azure-refused' } & Told)
  | ({ readonly kind: 'step-certified' } & Told)
  | ({ readonly kind: 'step-undecided'; readonly mayAdvance: boolean } & Told)
  | ({ readonly kind: 'blind'; readonly reason: Reason } & Told)
  | ({ readonly kind: 'swap-confirmed'; readonly direction: 'promote' | 'swap-back' } & Told)
  | ({ readonly kind: 'swap-refused' } & Told)
  | ({ readonly kind: 'swap-disturbed' } & Told)
  | ({ readonly kind: 'old-content-gone' } & Told)
  | ({ readonly kind: 'irreversible' } & Told)
  | ({
      readonly kind: 'rescued';
      readonly record: RescueRecord;
      /** The newest swap that Azure knows of, milliseconds; undefined: none. */
      readonly swappedAt: number | undefined;
    } & Told)
  | ({ readonly kind: 'watch-over'; readonly blind: boolean } & Told)
  | ({ readonly kind: 'baseline-clear' } & Told)
  | ({ readonly kind: 'baseline-restored' } & Told)
  | ({ readonly kind: 'limit-passed' } & Told)
  | ({ readonly kind: 'deadline' } & Told)
  | ({ readonly kind: 'pause-expired' } & Told);

export type HarmReason =
  'harm' | 'harm-by-probe' | 'canary-silent' | 'label-missing' | 'correlated-harm';

export const TICK_EVENTS = [
  'app-free',
  'preflight-passed',
  'preflight-failed',
  'harm',
  'slot-overwritten',
  'drift',
  'azure-refused',
  'step-certified',
  'step-undecided',
  'blind',
  'swap-confirmed',
  'swap-refused',
  'swap-disturbed',
  'old-content-gone',
  'irreversible',
  'rescued',
  'watch-over',
  'baseline-clear',
  'baseline-restored',
  'limit-passed',
  'deadline',
  'pause-expired',
] as const satisfies readonly TickEvent['kind'][];

export const COMMANDS = [
  'pause',
  'resume',
  'advance',
  'promote',
  'abort',
  'rollback',
  'acknowledge',
] as const;

export type CommandKind = (typeof COMMANDS)[number];

/** An operator's order. `choice` answers what to do with drift. */
export interface Command {
  readonly kind: CommandKind;
  /** The operator's own words. */
  readonly reason: string;
  readonly choice: 'adopt' | 'reapply' | undefined;
}

export function isCommand(event: Event): event is Command {
  return (COMMANDS as readonly string[]).includes(event.kind);
}
