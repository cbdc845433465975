import { createHash } from 'node:crypto';
import type { TransactionAction } from '@azure/data-tables';
import { z } from 'zod';

import type { PoisonBox, PoisonRecord } from '../../controller/ports/poison-box.ts';
import { invertedTime } from './keys.ts';
import type { RowClient } from './row-client.ts';
import { asStoreFailure, isConflict, refuse } from './store-failure.ts';
import { keyRange, queryRows, type StoredRow } from './table-query.ts';
import { submitTogether } from './transaction.ts';

/** In table `releases`; app keys are 20 hex digits, so no app has this partition. */
const PARTITION = 'poison';
const LIST_MAX = 100;
const MESSAGE_CHARS_MAX = 16_384;
const PROBLEM_CHARS_MAX = 8_192;

const ROW = z.object({
  id: z.string(),
  queue: z.string(),
  at: z.date(),
  message: z.string(),
  code: z.string(),
  problem: z.string(),
});

/**
 * Two rows a message, in one transaction: `seen:{hash of id}` makes the second recording fail, and
 * the inverted time sorts the other newest first, whatever time the second recording has.
 */
export function createPoisonBox(client: RowClient): PoisonBox {
  return {
    async record(record) {
      const what = `record of poison message ${record.id}`;
      const hash = createHash('sha256').update(record.id).digest('hex');
      const seen = { partitionKey: PARTITION, rowKey: `seen:${hash}` };
      try {
        const actions: TransactionAction[] = [
          ['create', seen],
          ['create', rowOf(record, hash)],
        ];
        await submitTogether(client, actions, what);
      } catch (error) {
        if (!isConflict(error)) throw asStoreFailure(error, what);
      }
    },
    async list(max) {
      if (max < 1) return [];
      const rows = await queryRows(client, {
        what: 'list of poison messages',
        filter: keyRange(PARTITION, { from: '0', to: 'seen:' }),
        max: Math.min(max, LIST_MAX),
      });
      return rows.map(recordOf);
    },
  };
}

function rowOf(record: PoisonRecord, hash: string) {
  return {
    partitionKey: PARTITION,
    rowKey: `${invertedTime(record.at)}-${hash}`,
    id: record.id,
    queue: record.queue,
    at: new Date(record.at),
    code: record.code,
    problem: record.problem.slice(0, PROBLEM_CHARS_MAX),
    message: record.message.slice(0, MESSAGE_CHARS_MAX),
  };
}

function recordOf(row: StoredRow): PoisonRecord {
  const record = ROW.safeParse(row);
  if (!record.success) return refuse(`Poison row ${row.rowKey} is not what Slipway writes`);
  return { ...record.data, at: record.data.at.getTime() };
}
