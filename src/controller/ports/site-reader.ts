import type { Content, SiteFacts } from '../../release/azure-facts.ts';
import type { Target } from '../../release/start-message.ts';

/** Reads of App Service. All throw AzureCallError; `code` is Azure's own (`ResourceNotFound`, …). */
export interface SiteReader {
  /** Both sites: volumes, state, hosts, pending preview or operation. */
  readSite(target: Target, slot: string): Promise<SiteFacts>;
  /** Newest deployment id or image name of both slots. */
  readContent(target: Target, slot: string): Promise<Content>;
  /** Things only preflight asks. */
  readSwapSettings(target: Target, slot: string): Promise<SwapSettings>;
}

export { RESCUE_TAG } from '../../release/rescue-record.ts';

export interface SwapSettings {
  /** `autoSwapSlotName` of the canary slot: would promote behind the controller's back. */
  readonly autoSwapSlotName: string | undefined;
  /** App settings that stay with the slot at a swap. */
  readonly stickyAppSettings: readonly string[];
}
