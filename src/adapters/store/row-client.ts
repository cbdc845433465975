import type { TableClient } from '@azure/data-tables';

/** What the adapters use of a table client; the simulation gives them a simulated one. */
export type RowClient = Pick<
  TableClient,
  | 'createEntity'
  | 'deleteEntity'
  | 'getEntity'
  | 'listEntities'
  | 'submitTransaction'
  | 'updateEntity'
  | 'upsertEntity'
>;
