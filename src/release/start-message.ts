import type { Plan } from './plan.ts';

/** The App Service app that is released to. */
export interface Target {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly site: string;
}

/** Where the app's telemetry is found. */
export interface TelemetrySource {
  /** Workspace (customer id, a GUID); the setting SLIPWAY_WORKSPACE_ID when absent. */
  readonly workspaceId: string | undefined;
  /** Application Insights component's resource id; narrows by `_ResourceId`. */
  readonly component: string | undefined;
  /** AppRoleName of the app; its default is the site's name, unless `component` is given. */
  readonly role: string | undefined;
}

export interface RequestedBy {
  readonly name: string;
  readonly run: string | undefined;
  readonly commit: string | undefined;
  /** When the commit was made, milliseconds since the epoch: lead times count from here. */
  readonly committedAt?: number | undefined;
  /** Of the CI run (W3C): Slipway's own traces name it. */
  readonly traceparent?: string | undefined;
}

/** A parsed and normalised start message. */
export interface StartRequest {
  readonly key: string | undefined;
  /** The app's name in the registry; undefined: it is not registered. */
  readonly app: string | undefined;
  readonly target: Target;
  readonly slot: string;
  readonly version: string;
  readonly baselineVersion: string | undefined;
  readonly telemetry: TelemetrySource;
  readonly plan: Plan;
  readonly reversible: boolean;
  readonly requestedBy: RequestedBy;
}

/** The ARM id of the site, the identity of an app everywhere in Slipway. Case-insensitive in ARM. */
export function siteIdOf(target: Target): string {
  return `/subscriptions/${target.subscriptionId}/resourceGroups/${target.resourceGroup}/providers/Microsoft.Web/sites/${target.site}`;
}
