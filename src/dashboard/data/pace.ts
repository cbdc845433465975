/** How long to wait before asking again. Pure. */
export interface Situation {
  /** Somebody looks at the page. */
  readonly visible: boolean;
  /** Something can change at any moment. */
  readonly active: boolean;
  /** Answers in a row that failed. */
  readonly failures: number;
}

export const ACTIVE_MS = 2_000;
export const QUIET_MS = 15_000;
export const HIDDEN_MS = 60_000;
export const BACK_OFF_MAX_MS = 30_000;

export function nextDelayMs({ visible, active, failures }: Situation): number {
  const usual = !visible ? HIDDEN_MS : active ? ACTIVE_MS : QUIET_MS;
  if (failures === 0) return usual;
  const backOff = Math.min(BACK_OFF_MAX_MS, ACTIVE_MS * 2 ** Math.min(failures, 10));
  return visible ? backOff : Math.max(usual, backOff);
}
