/** What a seed stands for: the releases, who meddles when, and how unreliable everything is. */
import type { CommandKind } from '../../../src/release/event.ts';

/** Chances per call, 0-1; `freeze` and `jump` are per instance and half minute. */
export interface Rates {
  readonly crash: number;
  readonly stall: number;
  /** A whole instance stands still for a while. */
  readonly freeze: number;
  /** The time of day of an instance is set. */
  readonly jump: number;
  readonly arm: number;
  /** Of the writes to ARM: the client gives up, the change arrives minutes later. */
  readonly armLate: number;
  readonly store: number;
  readonly telemetry: number;
  /** Of the requests of paired probes: no answer comes. */
  readonly probe: number;
  readonly notice: number;
  readonly messageLost: number;
  readonly messageTwice: number;
  readonly messageLate: number;
}

export interface Outage {
  readonly of: 'store' | 'arm' | 'telemetry';
  readonly fromMs: number;
  readonly toMs: number;
}

export type Act =
  | {
      readonly kind: 'start';
      readonly plan: unknown;
      /** How often it is sent. */
      readonly times: number;
      readonly by: 'queue' | 'http';
      readonly slot: 'staging' | 'other';
      /** Default true. */
      readonly reversible?: boolean;
    }
  | {
      readonly kind: 'command';
      readonly command: CommandKind;
      readonly choice: 'adopt' | 'reapply' | undefined;
    }
  | { readonly kind: 'rules-by-hand'; readonly edit: RulesEdit; readonly weight: number }
  | { readonly kind: 'deploy'; readonly place: 'production' | 'slot' }
  | { readonly kind: 'swap-by-hand'; readonly times: 1 | 2 }
  | { readonly kind: 'next-swap'; readonly outcome: SwapFate }
  /** `slipway rescue`: the rule is removed by hand, and a tag says so. */
  | { readonly kind: 'rescue' }
  | { readonly kind: 'turns-bad'; readonly place: 'production' | 'slot' }
  | { readonly kind: 'falls-silent' }
  | { readonly kind: 'mislabels' }
  | { readonly kind: 'samples'; readonly keepOneIn: number }
  | { readonly kind: 'lag'; readonly lagMs: number };

/** Our own rule, another slot's beside it, one that ramps by itself, or a tool that writes back old ones. */
export type RulesEdit = 'own' | 'foreign' | 'auto-ramp' | 'write-back';

export type SwapFate = 'slow' | 'fail' | 'half-fail' | 'hang' | 'mixed';

/** What a harmful version does: answers 5xx, throws and answers all the same, or answers late. */
export type Harm = 'fails' | 'throws' | 'slow';

export interface TimedAct {
  readonly atMs: number;
  readonly act: Act;
}

/** All times are milliseconds since the beginning of the story. */
export interface Story {
  readonly seed: number;
  readonly instances: number;
  readonly wrongClocks: boolean;
  /** Else the catalog, a hint of six writes that no promise rests on, is its twin: one call. */
  readonly wholeCatalog: boolean;
  readonly ratePerMinute: number;
  /** The new versions fail, throw or are slow many times as often as the old ones, from the beginning. */
  readonly harmful: boolean;
  readonly harm: Harm;
  /** Requests of every version throw and take long now and then: some plans judge that. */
  readonly measured: boolean;
  /** So much later than other requests do those reach telemetry that failed: time-outs. */
  readonly failureLagMs: number;
  readonly rates: Rates;
  readonly outages: readonly Outage[];
  readonly acts: readonly TimedAct[];
  /** Faults and people act until then; afterwards everything works and nobody touches anything. */
  readonly chaosMs: number;
  /** Whether the two hours after the last release are told to their end. */
  readonly toTheEnd: boolean;
}

export const NO_FAULTS: Rates = {
  crash: 0,
  stall: 0,
  freeze: 0,
  jump: 0,
  arm: 0,
  armLate: 0,
  store: 0,
  telemetry: 0,
  probe: 0,
  notice: 0,
  messageLost: 0,
  messageTwice: 0,
  messageLate: 0,
};
