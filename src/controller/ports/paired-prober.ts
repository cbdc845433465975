import type { ProbeReply } from '../../release/paired-schedule.ts';
import type { PairedRequest } from '../../release/plan.ts';

/** Sends one of a pair of requests. Never throws: a failure is an answer. */
export interface PairedProber {
  /**
   * `https://{host}{path}`, marked with the probe traceparent, without a body. No cookies but the one that
   * pins production's host to production while a rule splits its visitors (azure.md 1.3). Redirects are not
   * followed. Answered within `timeoutMs`.
   */
  ask(host: string, ask: PairedAsk): Promise<PairedReply>;
}

export interface PairedAsk {
  readonly request: PairedRequest;
  readonly timeoutMs: number;
}

export interface PairedReply extends ProbeReply {
  /** The host sent the request on to another slot: the pair says nothing. */
  readonly strayed: boolean;
  /** What went wrong on the way, for the log; undefined: an answer came. */
  readonly problem: string | undefined;
}
