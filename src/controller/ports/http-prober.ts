import type { HttpValidation } from '../../release/plan.ts';

/** Slipway's own requests to the two hosts. Never throws: a failure is an answer. */
export interface HttpProber {
  /** One request to `https://{host}{path}`, marked with the probe traceparent (design section 6). */
  probe(host: string, validation: HttpValidation): Promise<ProbeAnswer>;
}

export interface ProbeAnswer {
  readonly ok: boolean;
  readonly host: string;
  readonly path: string;
  readonly status: number | undefined;
  readonly durationMs: number;
  /** What was expected and what came, in one sentence; undefined when ok. */
  readonly problem: string | undefined;
}
