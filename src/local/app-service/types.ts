/** What the App Service stand-in is told, and the words that its files share. */

/**
 * How the content of a slot is run. The stand-in adds PORT, the app settings and the WEBSITE_*
 * variables to `env`. The program's stdin is a pipe that ends when the stand-in is gone, however it
 * went: a program that must not outlive it ends itself at that moment.
 */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface SlotDefinition {
  readonly name: string;
  /** Default: `{site}-{slot}.azurewebsites.net`, or its unique form (see `uniqueHostNames`). */
  readonly hostName?: string;
  /** Opaque text that `resolveContent` turns into a process. Without it the slot answers 503. */
  readonly content?: string;
  readonly appSettings?: Readonly<Record<string, string>>;
}

/** One web app with its slots. The production slot is the site itself. */
export interface SiteDefinition {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** Default `West Europe`. */
  readonly location?: string;
  /** Default `{site}.azurewebsites.net`, or its unique form. */
  readonly hostName?: string;
  readonly content?: string;
  readonly appSettings?: Readonly<Record<string, string>>;
  readonly slots: readonly SlotDefinition[];
  /** Names of app settings that stay with their slot in a swap. */
  readonly stickySettings?: readonly string[];
  /** Gives hosts of the form `{app}-{slot}-{hash}.{region}-01.azurewebsites.net` (azure.md 1.1). */
  readonly uniqueHostNames?: { readonly hash: string; readonly region: string };
}

/** The name by which the production slot goes in `deploy` and in the stand-in's state. */
export const PRODUCTION = 'production';

/** Writes one line of what happened, for people. */
export type Log = (line: string) => void;

/** What the next swap does instead of succeeding. */
export type SwapOutcome =
  /** The poll ends with App Service's error; volumes are unchanged. Default: 417, no answer to ping. */
  | {
      readonly kind: 'fail';
      readonly status?: number;
      readonly code?: string;
      readonly message?: string;
    }
  /** Like `fail`, but production and slot both report the slot's volume from then on. */
  | { readonly kind: 'half-fail' }
  /** Never ends: polls say 202 and writes 409 until `swap.release` is called. */
  | { readonly kind: 'hang' }
  /** Succeeds, but both sites report the slot's volume for `forMs` (not scaled) before it ends. */
  | { readonly kind: 'mixed'; readonly forMs: number };
