import type { NotificationsTestAnswer } from './contract.ts';
import type { Answer } from './error-response.ts';

interface Trial {
  readonly name: string;
  readonly kind: string;
  readonly problem: string | undefined;
}

/** Always 200: Slipway did what it was asked to; `ok` says what each receiver made of it. */
export function notificationsTestAnswer(trials: readonly Trial[]): Answer {
  const receivers = trials.map(({ name, kind, problem }) => ({
    ...{ name, kind, ok: problem === undefined, problem: problem ?? null },
  }));
  const body: NotificationsTestAnswer = { receivers };
  return { status: 200, body };
}
