import type { ProbeAnswer } from '../../release/facts.ts';
import type { HttpValidation } from '../../release/plan.ts';

/** Slipway's own requests to the two hosts. Never throws: a failure is an answer. */
export interface HttpProber {
  /** One request to `https://{host}{path}`, marked with the probe traceparent (design section 6). */
  probe(host: string, validation: HttpValidation): Promise<ProbeAnswer>;
}

export type { ProbeAnswer };
