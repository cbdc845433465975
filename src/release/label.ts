/** Rows without a version: telemetry flows, and nobody can say whose it is. */
import { BOUNDS } from '../limits.ts';
import type { Facts } from './facts.ts';

/** How telemetry comes to carry a version (azure.md 3.2): said wherever it does not. */
export const LABEL_HOW =
  "Set the SDK's application version in the build (tag ai.application.ver), or with OpenTelemetry service.version (in the code, or the app setting OTEL_RESOURCE_ATTRIBUTES=service.version=<version>, not slot-sticky), so that every row carries its AppVersion";

/** Requests whose rows have no AppVersion, in bins from then on; undefined: not asked in this pass. */
export function unlabelledItems({ telemetry }: Facts, fromMs: number): number | undefined {
  if (telemetry?.kind !== 'ok') return undefined;
  return telemetry.rows.reduce(
    (sum, row) => (row.version === '' && row.startMs >= fromMs ? sum + row.items : sum),
    0,
  );
}

/** Enough of them to say that the label is missing, and not a stray row. */
export function labelIsMissing(unlabelled: number | undefined): boolean {
  return (unlabelled ?? 0) >= BOUNDS.silentAfterRequests;
}
