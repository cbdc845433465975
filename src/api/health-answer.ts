import type { HealthAnswer, ReceiverHealthView, ServiceHealthView } from './contract.ts';
import { type Answer, settingProblems } from './error-response.ts';
import { iso, isoOrNull } from './time.ts';

interface ServiceHealth {
  readonly ok: boolean;
  readonly message: string;
  readonly okAt: number | undefined;
  readonly ageMs: number | undefined;
  readonly error:
    { readonly at: number; readonly code: string; readonly message: string } | undefined;
}

interface Health {
  readonly ok: boolean;
  readonly degraded: boolean;
  readonly storage: ServiceHealth;
  readonly clock: {
    readonly ok: boolean;
    readonly skewMs: number | undefined;
    readonly oldestDueMs: number | undefined;
    readonly ageMs: number | undefined;
    readonly message: string;
  };
  readonly arm: ServiceHealth;
  readonly logs: ServiceHealth;
  readonly notices: { readonly givenUp: number };
  readonly receivers?: readonly ReceiverHealth[];
}

interface ReceiverHealth {
  readonly name: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly toldAt: number | undefined;
  readonly problem: { readonly at: number; readonly message: string } | undefined;
}

/** 200 when releases can go on, else 503: what a load balancer or a monitor understands. */
export function healthAnswer(health: Health): Answer {
  const { ok, degraded, storage, clock, arm, logs, notices, receivers = [] } = health;
  const body: HealthAnswer = {
    ok,
    degraded,
    settings: { ok: true, problems: [] },
    storage: serviceView(storage),
    clock: clockView(clock),
    arm: serviceView(arm),
    logs: serviceView(logs),
    notices: { ...notices, receivers: receivers.map(receiverView) },
  };
  return { status: ok ? 200 : 503, body };
}

function clockView(clock: Health['clock']): HealthAnswer['clock'] {
  const { skewMs, oldestDueMs, ageMs } = clock;
  return {
    ...clock,
    skewMs: skewMs ?? null,
    oldestDueMs: oldestDueMs ?? null,
    ageMs: ageMs ?? null,
  };
}

function receiverView({ toldAt, problem, ...named }: ReceiverHealth): ReceiverHealthView {
  return {
    ...named,
    toldAt: isoOrNull(toldAt),
    problem: problem === undefined ? null : { ...problem, at: iso(problem.at) },
  };
}

function serviceView({ ok, message, okAt, ageMs, error }: ServiceHealth): ServiceHealthView {
  return {
    ok,
    message,
    okAt: isoOrNull(okAt),
    ageMs: ageMs ?? null,
    error: error === undefined ? null : { ...error, at: iso(error.at) },
  };
}

/** There are no use cases to ask: the settings are broken, or storage did not answer. */
export function unopenedHealthAnswer(error: unknown): Answer {
  const problems = settingProblems(error);
  const message = 'it did not answer; the log says more';
  const unseen = { ok: false, message, okAt: null, ageMs: null, error: null };
  const body: HealthAnswer = {
    ok: false,
    degraded: true,
    settings: { ok: problems === undefined, problems: problems ?? [] },
    storage: problems === undefined ? unseen : null,
    clock: null,
    arm: null,
    logs: null,
    notices: null,
  };
  return { status: 503, body };
}
