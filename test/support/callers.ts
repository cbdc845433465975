import type { Caller } from '../../src/release/caller.ts';

/** CI, by the queue. */
export const CI: Caller = {
  actor: { kind: 'claimed', name: 'ci', objectId: undefined },
  via: 'queue',
  role: 'Slipway.Operator',
  ids: [],
};

/** Somebody who may do everything. */
export const OPERATOR: Caller = {
  actor: { kind: 'operator', name: 'operator', objectId: undefined },
  via: 'key',
  role: 'Slipway.Admin',
  ids: [],
};
