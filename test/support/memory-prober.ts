import { problemOf, sentence } from '../../src/adapters/http-probe/probe-problem.ts';
import type { HttpProber, ProbeAnswer } from '../../src/controller/ports/http-prober.ts';
import type { HttpValidation } from '../../src/release/plan.ts';

/** What a host answers on a path. */
export interface MemoryReply {
  /** Undefined: nothing answers. Default: the first status that the validation expects. */
  readonly status?: number | undefined;
  /** Default: what `bodyContains` asks for. */
  readonly body?: string;
  readonly location?: string;
  /** Overrules what status and body say. */
  readonly ok?: boolean;
  readonly durationMs?: number;
}

export interface MemoryAsk {
  readonly host: string;
  readonly validation: HttpValidation;
}

export interface MemoryProber extends HttpProber {
  /** From now on. Path `*`: every path of the host that has no answer of its own. */
  answer(host: string, path: string, reply: MemoryReply): void;
  /** Everything that was asked, oldest first. */
  readonly asks: readonly MemoryAsk[];
}

const KEPT_ASKS = 10_000;

/** Hosts that answer what they are told to, and otherwise what is expected. */
export function createMemoryProber(): MemoryProber {
  const replies = new Map<string, MemoryReply>();
  const asks: MemoryAsk[] = [];
  const keyOf = (host: string, path: string): string => `${host.toLowerCase()} ${path}`;
  return {
    asks,
    answer: (host, path, reply) => {
      replies.set(keyOf(host, path), reply);
    },
    probe: async (host, validation) => {
      asks.push({ host, validation });
      asks.splice(0, asks.length - KEPT_ASKS);
      const own = replies.get(keyOf(host, validation.path));
      return answerOf(host, validation, own ?? replies.get(keyOf(host, '*')) ?? {});
    },
  };
}

function answerOf(host: string, validation: HttpValidation, reply: MemoryReply): ProbeAnswer {
  const status = 'status' in reply ? reply.status : (validation.status[0]?.from ?? 200);
  const found = problemIn(host, validation, { ...reply, status });
  const ok = reply.ok ?? found === undefined;
  const problem = ok ? undefined : (found ?? sentence(host, validation, 'a failure by the script'));
  return { ok, host, path: validation.path, status, durationMs: reply.durationMs ?? 0, problem };
}

function problemIn(
  host: string,
  validation: HttpValidation,
  reply: MemoryReply,
): string | undefined {
  const { status, body, location } = reply;
  if (status === undefined) return sentence(host, validation, 'no answer (by the script)');
  // A real HEAD has no body, whatever the site would send to a GET.
  const sent = validation.method === 'HEAD' ? '' : (body ?? validation.bodyContains);
  return problemOf(host, validation, { status, body: sent, location });
}
