import type { ComparedSettings, Configuration, Rights } from '../../release/doctor-facts.ts';
import type { Target } from '../../release/start-message.ts';

/**
 * What only `slipway doctor` asks of App Service: no release depends on it. All but `who` throw
 * AzureCallError; `code` is Azure's own (`AuthorizationFailed`, …).
 */
export interface SiteInspector {
  readConfiguration(target: Target, slot: string): Promise<Configuration>;
  /**
   * Takes `Microsoft.Web/sites/config/list/action`, which Slipway's own identity does not have. Values are
   * compared and forgotten; what is given back has names and fingerprints.
   */
  compareSettings(target: Target, slot: string): Promise<ComparedSettings>;
  /** The effective permissions of whoever asks, on the site and on its slot. */
  readRights(target: Target, slot: string): Promise<Rights>;
  /** Whom the access token names; undefined when it cannot be told. Never throws. */
  who(): Promise<string | undefined>;
}
