import type { PairedProber } from './paired-prober.ts';
import type { ProbeOutcomes } from './probe-outcomes.ts';
import type { ProbeWork } from './probe-work.ts';

/** All that paired probes need. */
export interface PairedPorts {
  readonly work: ProbeWork;
  readonly outcomes: ProbeOutcomes;
  readonly prober: PairedProber;
  /** Resolves after this long. */
  readonly pause: (ms: number) => Promise<void>;
}
