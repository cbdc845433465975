/** Damaged rows of the store, and chains that somebody changed. */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

import { binRows, binsOf } from '../../../src/adapters/store/bin-rows.ts';
import { fromJsonText } from '../../../src/adapters/store/json-text.ts';
import {
  appEntity,
  appOf,
  auditEntity,
  auditOf,
  planEntity,
  planOf,
  releaseEntity,
  releaseOf,
  startEntity,
  startOf,
} from '../../../src/adapters/store/release-rows.ts';
import { StoreFailure } from '../../../src/adapters/store/store-failure.ts';
import type { StoredRow } from '../../../src/adapters/store/table-query.ts';
import { auditAnswer } from '../../../src/api/views.ts';
import type { AuditRow } from '../../../src/release/audit.ts';
import { CHAIN_START, sealRow, verifyChain } from '../../../src/release/chain.ts';
import {
  sampleApp,
  sampleAudit,
  sampleBins,
  samplePlan,
  sampleRelease,
} from '../../support/store-samples.ts';
import { CORPUS } from '../corpus.ts';
import { must, target, tried } from '../engine.ts';
import { spoiltJson, spoiltJsonText } from '../hostile.ts';
import { APP_KEY } from '../samples.ts';

const release = sampleRelease(APP_KEY);
const plan = samplePlan();
const etag = 'etag';
const ROWS = {
  release: { etag, ...releaseEntity(release) },
  plan: { etag, ...planEntity(release, plan) },
  app: { etag, ...appEntity(sampleApp(release)) },
  start: {
    etag,
    ...startEntity(APP_KEY, { keyHash: 'ab', contentHash: 'cd', releaseId: release.id }),
  },
  audit: { etag, ...auditEntity(APP_KEY, sampleAudit(release, 1)) },
  bins: { etag, ...binRows(release, { all: sampleBins(3), firstNew: 0 })[0] },
};
type Kind = keyof typeof ROWS;

const READERS: Readonly<Record<Kind, (row: StoredRow) => unknown>> = {
  release: releaseOf,
  plan: planOf,
  app: appOf,
  start: (row) => startOf('ab', row),
  audit: (row) => auditAnswer(release.id, [auditOf(row)], 1),
  bins: (row) => binsOf(release.id, [row]),
};

/** A row always has its keys: the service itself gives them. */
const KEYED = z.looseObject({ etag: z.string(), partitionKey: z.string(), rowKey: z.string() });

const kinds = Object.keys(ROWS) as Kind[];

const damaged: fc.Arbitrary<readonly [Kind, unknown]> = fc.oneof(
  ...kinds.map((kind) => spoiltJson(ROWS[kind]).map((row): [Kind, unknown] => [kind, row])),
  fc
    .tuple(
      fc.constantFrom('release' as const, 'plan' as const, 'app' as const),
      spoiltJsonText(release, plan, sampleApp(release)),
    )
    .map(([kind, state]): [Kind, unknown] => [kind, { ...ROWS[kind], state }]),
);

const isFailure = (error: unknown): boolean => error instanceof StoreFailure;

const CHAIN = chain(6);

function chain(length: number): readonly AuditRow[] {
  const rows: AuditRow[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1) {
    const body: unknown = JSON.parse(sampleAudit(release, sequence).body);
    rows.push(sealRow(body as Parameters<typeof sealRow>[0], rows.at(-1)?.hash ?? CHAIN_START));
  }
  return rows;
}

/** One row under another text, with hashes that fit again from there on: what a forger would do. */
function forged(rows: readonly AuditRow[], at: number, text: string): readonly AuditRow[] {
  let prevHash = CHAIN_START;
  return rows.map((row, index) => {
    const body = index === at ? text : row.body;
    const sealed = sealRow({ releaseId: row.releaseId, sequence: row.sequence, at: '' }, prevHash);
    const next = { ...row, body, prevHash, hash: index < at ? row.hash : sealed.hash };
    prevHash = next.hash;
    return next;
  });
}

const LAST = CHAIN.at(-1);
const EXPECTED = { releaseId: release.id, sequence: CHAIN.length, head: LAST?.hash ?? '' };
const AUDIT_ROW = z.object({
  releaseId: z.string(),
  sequence: z.number(),
  at: z.number(),
  body: z.string(),
  prevHash: z.string(),
  hash: z.string(),
});

export const rowTargets = [
  target({
    name: 'stored-rows',
    share: 8,
    inputs: damaged,
    attempt: ([kind, value]) => {
      const row = KEYED.safeParse(value);
      if (!row.success) return 'refused';
      return tried(() => READERS[kind](row.data), { refusal: isFailure });
    },
  }),
  target({
    name: 'stored-text',
    share: 4,
    inputs: spoiltJsonText(release, plan, { $number: 'Infinity' }),
    examples: CORPUS.texts,
    attempt: (text) => tried(() => fromJsonText(text, 'the row'), { refusal: isFailure }),
  }),
  target({
    name: 'audit-verify',
    share: 6,
    inputs: fc.oneof(
      { weight: 5, arbitrary: spoiltJson(CHAIN) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.nat(CHAIN.length - 1), spoiltJsonText(JSON.parse(LAST?.body ?? '')))
          .map(([at, text]) => forged(CHAIN, at, text)),
      },
      { weight: 1, arbitrary: fc.shuffledSubarray([...CHAIN]) },
    ),
    attempt: (value) => {
      const rows = z.array(AUDIT_ROW).safeParse(value);
      if (!rows.success) return 'refused';
      const check = verifyChain(rows.data, EXPECTED);
      if (!check.ok) return 'refused';
      must(isDeepStrictEqual(rows.data, CHAIN), 'a changed chain verifies');
      return 'accepted';
    },
  }),
];
