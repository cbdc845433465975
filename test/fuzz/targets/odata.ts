/** Values in filters and row addresses of Azure Tables: each stays one literal, with its own value. */
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import fc from 'fast-check';

import { type ConnectedStore, connectStore } from '../../../src/adapters/store/connect.ts';
import { SlipwayError } from '../../../src/release/errors.ts';
import type { Phase } from '../../../src/release/release.ts';
import { type Azurite, startAzurite } from '../../../src/local/azurite.ts';
import { sampleCreation, sampleRelease } from '../../support/store-samples.ts';
import { CORPUS, HOSTILE_TEXTS } from '../corpus.ts';
import { must, type Outcome, target } from '../engine.ts';
import { hostileText, spoilt, spoiltJson } from '../hostile.ts';
import { APP_KEY, RELEASE_ID } from '../samples.ts';

interface Asked {
  readonly appKey: string;
  readonly phase: string;
  readonly keyHash: string;
  readonly releaseId: string;
  readonly continuation: string | undefined;
}

const LITERAL = "'(?:[^']|'')*'";
const CLAUSE = `[A-Za-z]+ (?:eq|ge|lt|le|gt|ne) (?:${LITERAL}|datetime${LITERAL}|\\d+L?|true|false)`;
const FILTER = new RegExp(`^${CLAUSE}(?: and ${CLAUSE})*$`);
const ENTITY = new RegExp(`\\(PartitionKey=(${LITERAL}),RowKey=(${LITERAL})\\)$`);

/** The values of a filter's literals; throws when it is more or less than comparisons joined by `and`. */
function literalsOf(filter: string): string[] {
  must(FILTER.test(filter), `a filter that is no list of comparisons: ${filter}`);
  return [...filter.matchAll(new RegExp(LITERAL, 'g'))].map(([literal]) => unquoted(literal));
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replaceAll("''", "'");
}

/** In place of the table service: every table is empty, but for one month of the catalog. */
class Recorder implements HttpClient {
  literals: string[] = [];

  async sendRequest(request: Parameters<HttpClient['sendRequest']>[0]) {
    const url = new URL(request.url);
    const filter = url.searchParams.get('$filter');
    const headers = createHttpHeaders({
      'content-type': 'application/json',
      date: new Date().toUTCString(),
    });
    if (filter !== null) {
      const literals = literalsOf(filter);
      this.literals.push(...literals);
      const months = filter.startsWith("PartitionKey eq 'months' and RowKey ge ");
      const month = {
        PartitionKey: 'months',
        RowKey: '797388',
        month: '2026-11',
        'odata.etag': 'e',
      };
      return {
        request,
        status: 200,
        headers,
        bodyAsText: JSON.stringify({ value: months ? [month] : [] }),
      };
    }
    const [, partition, row] = ENTITY.exec(decodeURIComponent(url.pathname)) ?? [];
    must(partition !== undefined && row !== undefined, `no address of a row: ${url.pathname}`);
    this.literals.push(unquoted(partition), unquoted(row));
    const bodyAsText = JSON.stringify({
      'odata.error': { code: 'ResourceNotFound', message: { value: 'none' } },
    });
    return { request, status: 404, headers, bodyAsText };
  }
}

const recorder = new Recorder();
const recorded = connectStore(
  { connectionString: 'UseDevelopmentStorage=true' },
  { encoding: 'none', httpClient: recorder },
);

/** Each way in, with the literals that it must send in the end; undefined: what it was given is no id. */
function ways(asked: Asked): readonly (readonly [() => Promise<unknown>, readonly string[]])[] {
  const { appKey, keyHash, releaseId, continuation } = asked;
  const phase = asked.phase as Phase;
  const { catalog, releaseStore, auditReader } = recorded;
  const list = () =>
    catalog.list({ appKey, phase, finished: false, keyHash, max: 5, continuation });
  return [
    [list, [`key-${keyHash}`, appKey, phase, keyHash]],
    [() => releaseStore.loadApp(appKey), [appKey, 'app']],
    [() => releaseStore.findStart(appKey, keyHash), [appKey, `start:${keyHash}`]],
    [() => releaseStore.load(releaseId), [releaseId.slice(0, 20)]],
    [() => auditReader.readAudit(releaseId, { from: 1, max: 5 }), [releaseId.slice(0, 20)]],
  ];
}

/** An input that cannot be asked for is no failure of the store: over HTTP that would be a 503. */
async function refusable(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'invalid-input') return 'refused';
    // The id was not one: no request was sent.
    if (error instanceof SlipwayError && error.message.includes('cannot be a row key'))
      return 'refused';
    throw error;
  }
}

const continuation = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: spoiltJson(
      { month: '2026-11' },
      {
        month: '2026-11',
        token: tokenOf({ nextPartitionKey: '1!8!MjAyNi0xMQ--', nextRowKey: '1!4!YWJj' }),
      },
    ).map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
  },
  {
    weight: 3,
    arbitrary: spoiltJson(
      { nextPartitionKey: '1!8!MjAyNi0xMQ--', nextRowKey: '1!4!YWJj' },
      'text',
      null,
    ).map((value) =>
      Buffer.from(JSON.stringify({ month: '2026-11', token: tokenOf(value) })).toString(
        'base64url',
      ),
    ),
  },
  { weight: 1, arbitrary: hostileText },
);

function tokenOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** Halves of characters end before: no door lets them through, and no URL can carry them. */
const text = (good: string) =>
  spoilt(good).map((spoiltText) => spoiltText.slice(0, 300).toWellFormed());

const asked = fc.record({
  appKey: text(APP_KEY),
  phase: text('ramping'),
  keyHash: text('ab'.repeat(32)),
  releaseId: text(RELEASE_ID),
  continuation,
});

const examples = HOSTILE_TEXTS.map((hostile): Asked => {
  const value = hostile.slice(0, 300).toWellFormed();
  return { appKey: value, phase: value, keyHash: value, releaseId: value, continuation: undefined };
});

export const odataTargets = [
  target<Asked>({
    name: 'odata-filters',
    share: 5,
    inputs: asked,
    examples,
    attempt: async (input) => {
      const outcomes: Outcome[] = [];
      for (const [call, wanted] of ways(input)) {
        recorder.literals = [];
        const outcome = await refusable(call());
        outcomes.push(outcome);
        const { literals } = recorder;
        const sent = wanted.every((value) => literals.includes(value));
        must(
          sent || literals.length === 0 || outcome === 'refused' || literals.includes('months'),
          'a value came apart',
        );
        must(
          !literals.includes('2026-11') || sent,
          `a value did not arrive as it is: ${literals.join(' ')}`,
        );
      }
      return outcomes.includes('accepted') ? 'accepted' : 'refused';
    },
  }),
];

let azurite: Azurite | undefined;
let real: ConnectedStore | undefined;

export async function openAzurite(): Promise<void> {
  azurite = await startAzurite({ log: () => undefined });
  real = connectStore({ connectionString: azurite.connectionString }, { encoding: 'none' });
  await real.ensureTables();
  const release = sampleRelease(APP_KEY);
  await real.releaseStore.create(sampleCreation(release));
  await real.catalog.put({
    ...{ releaseId: release.id, appKey: APP_KEY, phase: 'queued', keyHash: 'ab'.repeat(32) },
    finished: false,
    createdAt: release.createdAt,
  });
}

export async function closeAzurite(): Promise<void> {
  await azurite?.stop();
}

export const azuriteTargets = [
  target<Asked>({
    name: 'odata-azurite',
    share: 0.5,
    inputs: asked,
    examples: CORPUS.odata.map((text) => ({
      ...{
        appKey: text,
        phase: text,
        keyHash: text,
        releaseId: RELEASE_ID,
        continuation: undefined,
      },
    })),
    attempt: async (input) => {
      if (real === undefined) throw new Error('Azurite is not there');
      const phase = input.phase as Phase;
      const { appKey, keyHash } = input;
      const listed = real.catalog.list({
        appKey,
        phase,
        finished: undefined,
        keyHash,
        max: 5,
        continuation: input.continuation,
      });
      const outcome = await refusable(listed);
      if (outcome === 'accepted') {
        const { entries } = await listed;
        must(
          entries.every(
            (entry) =>
              entry.appKey === appKey && entry.phase === phase && entry.keyHash === keyHash,
          ),
          'a list shows what was not asked for',
        );
      }
      return outcome;
    },
  }),
];
