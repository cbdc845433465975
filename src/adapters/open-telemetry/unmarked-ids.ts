import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace-base';

import { PROBE_TRACE_PREFIX } from '../../release/probe-mark.ts';

/** Random ids; never one that bears the mark of our probes, which one in four thousand million would. */
export function unmarkedIds(random: IdGenerator = new RandomIdGenerator()): IdGenerator {
  return {
    generateSpanId: () => random.generateSpanId(),
    generateTraceId: () => {
      for (;;) {
        const id = random.generateTraceId();
        if (!id.startsWith(PROBE_TRACE_PREFIX)) return id;
      }
    },
  };
}
