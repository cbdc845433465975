// The queries of the docs, run on rows as Slipway leaves them in Log Analytics.
import { readdir, readFile } from 'node:fs/promises';

import { beforeAll, describe, expect, it } from 'vitest';

import type { StoredRow } from '../../src/local/log-analytics/row-store.ts';
import { ask, NOW_MS, warmUp } from '../local/log-analytics/support.ts';

const docs = new URL('../../docs/', import.meta.url);
const pages = (await readdir(docs)).filter((name) => name.endsWith('.md'));
const found = await Promise.all(
  pages.map(async (page) =>
    [...(await readFile(new URL(page, docs), 'utf8')).matchAll(/^```kusto\n([\s\S]*?)^```$/gm)].map(
      ([, query = '']) => ({ page, query }),
    ),
  ),
);
const queries = found.flat();

const span = (release: string): StoredRow => ({
  table: 'AppDependencies',
  ingestedMs: NOW_MS,
  columns: {
    TimeGenerated: NOW_MS,
    AppRoleName: 'slipway',
    Name: 'tick',
    Properties: { 'slipway.release.id': release },
  },
});
const line = (message: string): StoredRow => ({
  table: 'AppTraces',
  ingestedMs: NOW_MS,
  columns: { TimeGenerated: NOW_MS, Message: message },
});

/** By page: the one row that its query is for, and one that it is not for. */
const ROWS: Readonly<Record<string, readonly [wanted: StoredRow, other: StoredRow]>> = {
  'observability.md': [span('<id>'), span('another')],
  'security.md': [
    line('audit anchor at promotion {"release":"…","sequence":17,"head":"…"}'),
    line('tick done'),
  ],
};

beforeAll(warmUp);

describe('queries in the docs', () => {
  it('are found, each with its rows', () => {
    expect(queries.map(({ page }) => page)).toEqual(Object.keys(ROWS));
  });

  it.each(queries)('$page', ({ page, query }) => {
    const [wanted, other] = ROWS[page] ?? [];
    expect(ask(query, wanted === undefined ? [] : [wanted]).rows).toHaveLength(1);
    expect(ask(query, other === undefined ? [] : [other]).rows).toHaveLength(0);
  });
});
