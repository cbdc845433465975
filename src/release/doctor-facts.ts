/** What `slipway doctor` finds out about an app, in Slipway's words. No value of a setting is in it. */
import type { Facts } from './facts.ts';
import type { StartRequest } from './start-message.ts';

/** Something that was looked up; where that failed, why. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly why: string };

export interface DoctorFacts {
  /** By which identity Azure was asked: the one that releases, or a person's own before there is one. */
  readonly via: 'slipway' | 'own';
  readonly now: number;
  /** The release that a start would make, its plan included. */
  readonly request: StartRequest;
  /** False: nobody said which version, so the one that the slot reports is taken. */
  readonly versionGiven: boolean;
  /** From when on our own requests to the slot may be found in telemetry. */
  readonly labelSince: number;
  /**
   * What preflight decides on. A request of the plan that is not ok here was sent as often as preflight
   * sends it before it gives up.
   */
  readonly preflight: Facts;
  readonly configuration: Read<Configuration>;
  readonly settings: Read<ComparedSettings>;
  readonly rights: Read<Rights>;
  readonly gauges: Read<readonly VersionGauge[]>;
  /** How long a time the gauges are over. */
  readonly gaugedMs: number;
  /** Whom the access token names; undefined when it cannot be told. */
  readonly who: string | undefined;
  /** Slipway's own side; undefined: it was not there to be asked. */
  readonly slipway:
    | {
        readonly skewMs: number | undefined;
        /** The release that holds the app. */
        readonly active: string | undefined;
      }
    | undefined;
}

/** How site and slot are set up. */
export interface Configuration {
  readonly production: SlotConfiguration;
  readonly slot: SlotConfiguration;
  /** Azure's own clock (the answer's Date header), a moment after `now`; milliseconds, to the second. */
  readonly azureTime: number | undefined;
}

/** Undefined: Azure did not say. */
export interface SlotConfiguration {
  /** `app,linux`, `functionapp`, … */
  readonly kind: string | undefined;
  /** `Standard`, `PremiumV3`, … */
  readonly tier: string | undefined;
  /** Resource id of the App Service plan. */
  readonly planId: string | undefined;
  readonly httpsOnly: boolean | undefined;
  readonly alwaysOn: boolean | undefined;
  readonly healthCheckPath: string | undefined;
}

export interface ComparedSettings {
  /** Those that differ, by name. */
  readonly appSettings: readonly SettingDifference[];
  readonly connectionStrings: readonly SettingDifference[];
  /** How many are the same in both. */
  readonly same: number;
  /** What the swap will ask the slot for, by the settings that it will have then. */
  readonly warmUp: WarmUp;
}

/** Undefined: not set. */
export interface WarmUp {
  /** Without a query, which may hold a key. */
  readonly path: string | undefined;
  readonly statuses: string | undefined;
}

/**
 * Fingerprints tell equal from different within one report, and nothing else: they are made with a key
 * that is forgotten, so no value can be guessed from them. Undefined: not set there.
 */
export interface SettingDifference {
  readonly name: string;
  readonly sticky: boolean;
  readonly production: string | undefined;
  readonly slot: string | undefined;
}

/** Effective permissions of whoever asks, one entry a role assignment. */
export interface Rights {
  readonly site: readonly Permission[];
  readonly slot: readonly Permission[];
}

export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** Rows of one version within the window, of one kind. */
export interface VersionGauge {
  readonly version: string;
  /** Visitors of production's host; the slot's own host; Slipway's own requests. */
  readonly asked: 'production' | 'slot' | 'probe';
  readonly rows: number;
  /** What the rows stand for: more than `rows` where telemetry is sampled. */
  readonly items: number;
  readonly lagP50Ms: number;
  readonly lagP999Ms: number;
  readonly newestMs: number;
}
