import type { Plan } from './plan.ts';
import type { Target, TelemetrySource } from './start-message.ts';

/** An app that Slipway may touch, as its administrators registered it. */
export interface AppEntry {
  /** Lower case; starts name the app by it. */
  readonly name: string;
  readonly target: Target;
  readonly slot: string;
  readonly telemetry: TelemetrySource;
  /** For starts that name no plan. */
  readonly defaultPlan: Plan;
  /** No plan weaker than this is taken; undefined: any. */
  readonly weakestPlan: Plan | undefined;
  /** Ids in lower case (people, services, groups) or `queue`, `key`; undefined: whoever has the role. */
  readonly may: {
    readonly start: readonly string[] | undefined;
    readonly override: readonly string[] | undefined;
    readonly approve: readonly string[] | undefined;
  };
  /** False: what was promoted is never swapped back by Slipway itself; a person is called. */
  readonly reversible: boolean;
  readonly labels: Readonly<Record<string, string>>;
}
