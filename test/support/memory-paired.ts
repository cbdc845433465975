/** The twins of what paired probes need besides their counts. */
import type {
  PairedAsk,
  PairedProber,
  PairedReply,
} from '../../src/controller/ports/paired-prober.ts';
import type { AskedWindow, ProbeWork } from '../../src/controller/ports/probe-work.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';

export interface MemoryProbeWork extends ProbeWork {
  /** Takes the messages that are visible now, as the queue trigger would. */
  takeVisible(): readonly AskedWindow[];
  /** Everything that was ever sent. */
  readonly sent: readonly (AskedWindow & { readonly delayMs: number })[];
  down(isDown: boolean): void;
}

const DELAY_MAX_MS = 7 * 24 * 3_600_000;

export function createMemoryProbeWork(now: () => number): MemoryProbeWork {
  const sent: (AskedWindow & { delayMs: number })[] = [];
  let waiting: (AskedWindow & { visibleAt: number })[] = [];
  let isDown = false;
  return {
    sent,
    down: (value) => {
      isDown = value;
    },
    send: async (window, delayMs) => {
      if (isDown) throw new StoreUnavailableError('down on purpose');
      if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS))
        throw new StoreUnavailableError(`a delay of ${delayMs} ms`);
      sent.push({ ...window, delayMs });
      waiting.push({ ...window, visibleAt: now() + delayMs });
    },
    takeVisible: () => {
      const visible = waiting.filter(({ visibleAt }) => visibleAt <= now());
      waiting = waiting.filter(({ visibleAt }) => visibleAt > now());
      return visible.map(({ releaseId, fromMs }) => ({ releaseId, fromMs }));
    },
  };
}

export interface SentProbe extends PairedAsk {
  readonly host: string;
  readonly atMs: number;
}

/** What a host answers to one request, and after how long; undefined status: nothing answers. */
export interface ProbeScript {
  readonly status?: number | undefined;
  readonly afterMs?: number;
  readonly strayed?: boolean;
}

export interface MemoryPairedProber extends PairedProber {
  readonly sent: readonly SentProbe[];
  /** Of all requests to this host from now on; a function sees which request of the host it is, from 0. */
  answer(host: string, script: ProbeScript | ((index: number) => ProbeScript)): void;
}

/** Hosts that answer 200 after 20 ms unless a script says otherwise. */
export function createMemoryPairedProber(time: {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}): MemoryPairedProber {
  const sent: SentProbe[] = [];
  const counts = new Map<string, number>();
  const scripts = new Map<string, (index: number) => ProbeScript>();
  return {
    sent,
    answer: (host, script) => {
      scripts.set(host, typeof script === 'function' ? script : () => script);
    },
    ask: async (host, ask): Promise<PairedReply> => {
      const index = counts.get(host) ?? 0;
      counts.set(host, index + 1);
      sent.push({ ...ask, host, atMs: time.now() });
      const script = scripts.get(host)?.(index) ?? {};
      const status = 'status' in script ? script.status : 200;
      const { afterMs = 20, strayed = false } = script;
      const isLate = status === undefined || afterMs > ask.timeoutMs;
      const durationMs = isLate ? ask.timeoutMs : afterMs;
      await time.pause(durationMs);
      return isLate
        ? { status: undefined, durationMs, strayed: false, problem: 'no answer, by the script' }
        : { status, durationMs, strayed, problem: undefined };
    },
  };
}
