import type { HealthAnswer } from './contract.ts';
import { type Answer, settingProblems } from './error-response.ts';

interface Health {
  readonly ok: boolean;
  readonly storage: { readonly ok: boolean; readonly message: string };
  readonly clock: {
    readonly ok: boolean;
    readonly skewMs: number | undefined;
    readonly message: string;
  };
}

/** 200 when all is well, else 503: what a load balancer or a monitor understands. */
export function healthAnswer({ ok, storage, clock }: Health): Answer {
  const body: HealthAnswer = {
    ok,
    settings: { ok: true, problems: [] },
    storage,
    clock: { ...clock, skewMs: clock.skewMs ?? null },
  };
  return { status: ok ? 200 : 503, body };
}

/** There are no use cases to ask: the settings are broken, or storage did not answer. */
export function unopenedHealthAnswer(error: unknown): Answer {
  const problems = settingProblems(error);
  const message = 'it did not answer; the log says more';
  const body: HealthAnswer = {
    ok: false,
    settings: { ok: problems === undefined, problems: problems ?? [] },
    storage: problems === undefined ? { ok: false, message } : null,
    clock: null,
  };
  return { status: 503, body };
}
