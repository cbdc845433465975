/** What sends paired probes: the real queue and table adapters, and requests that take their time. */
import { createProbeWork } from '../../src/adapters/store/storage-probe-work.ts';
import type { RowClient } from '../../src/adapters/store/row-client.ts';
import { createProbeOutcomes } from '../../src/adapters/store/table-probe-outcomes.ts';
import type { PairedPorts } from '../../src/controller/ports/paired.ts';
import type { PairedReply } from '../../src/controller/ports/paired-prober.ts';
import type { Probed } from './checkers/checker.ts';

export interface PairedWorld {
  readonly base: PairedPorts;
  readonly releases: RowClient;
  readonly sendMessage: never;
  /** Time that passes for this worker. */
  readonly rest: (ms: number) => Promise<void>;
  /** What becomes of one request. No process dies of it: a window has a hundred. */
  readonly way: () => { readonly beforeMs: number; readonly isLost: boolean };
  readonly contentOf: (host: string) => string;
  readonly probed: (answer: Probed) => void;
}

const QUEUE_OPTIONS = { encoding: 'none', timeoutMs: 10_000 } as const;

export function pairedPorts(world: PairedWorld): PairedPorts {
  const { base, releases, sendMessage, rest, probed } = world;
  return {
    work: createProbeWork({ sendMessage }, QUEUE_OPTIONS),
    outcomes: createProbeOutcomes(releases),
    pause: rest,
    prober: {
      ask: async (host, ask): Promise<PairedReply> => {
        const { beforeMs, isLost } = world.way();
        await rest(beforeMs);
        const content = world.contentOf(host);
        const reply = await base.prober.ask(host, ask);
        await rest(isLost ? ask.timeoutMs : reply.durationMs);
        const status = isLost ? undefined : reply.status;
        probed({ content, status });
        if (!isLost) return reply;
        const durationMs = ask.timeoutMs;
        return { status, durationMs, strayed: false, problem: 'no answer, by chance' };
      },
    },
  };
}
