import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import type { AzureFailure } from '../../controller/ports/azure-errors.ts';

/** What an error answer says, whichever envelope it came in. */
export interface AnswerFacts {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** App Service's number for it: 59205 is a busy plan. */
  readonly extendedCode: string | undefined;
  readonly retryAfterMs: number | undefined;
}

const text = z.string().nullish();
const armEnvelope = z.object({ error: z.object({ code: z.string(), message: text }) });
const siteEnvelope = z.object({
  Code: z.string(),
  Message: text,
  Details: z.array(z.object({ ErrorEntity: z.object({ ExtendedCode: text }).nullish() })).nullish(),
});

const BODY_CHARS_SHOWN = 300;
const BUSY_PLAN = '59205';
/** The same 409 Conflict also says "prepared for swap", and waiting does not help there (azure.md 1.7). */
const BUSY_SENTENCE = /another operation/i;

/** The error of an answer with status 400 or more. */
export function answerError(response: PipelineResponse): AzureCallError {
  const facts = readAnswer(response);
  const { status, code, message, extendedCode, retryAfterMs } = facts;
  const { method, url } = response.request;
  // Without the query: a poll's Location is signed.
  const call = `${method} ${new URL(url).pathname}`;
  const number = extendedCode === undefined ? '' : `, extended code ${extendedCode}`;
  return new AzureCallError(`${message} (${call}: HTTP ${status}${number})`, {
    code,
    status,
    retryAfterMs,
    failure: failureOf(facts),
  });
}

/** Whether it is certain that nothing was done, and whether waiting helps. */
export function failureOf(facts: AnswerFacts): AzureFailure {
  const { status, message, extendedCode, retryAfterMs } = facts;
  if (status === 429) return 'busy';
  if (status === 503 && retryAfterMs !== undefined) return 'busy';
  if (status === 408 || status < 400 || status >= 500) return 'unknown';
  if (extendedCode === BUSY_PLAN) return 'busy';
  if (status === 409 && BUSY_SENTENCE.test(message)) return 'busy';
  return 'refused';
}

function readAnswer(response: PipelineResponse): AnswerFacts {
  const { status, bodyAsText } = response;
  const body = parseJson(bodyAsText);
  const retryAfterMs = readRetryAfter(response);
  const site = siteEnvelope.safeParse(body);
  if (site.success) {
    const { Code: code, Message: message, Details: details } = site.data;
    const entity = details?.find(({ ErrorEntity: found }) => found !== undefined)?.ErrorEntity;
    const extendedCode = entity?.ExtendedCode ?? undefined;
    return { status, code, message: message ?? code, extendedCode, retryAfterMs };
  }
  const arm = armEnvelope.safeParse(body);
  if (arm.success) {
    const { code, message } = arm.data.error;
    return { status, code, message: message ?? code, extendedCode: undefined, retryAfterMs };
  }
  // A gateway's page, or nothing at all.
  const shown = (bodyAsText ?? '').trim().slice(0, BODY_CHARS_SHOWN);
  const message = shown === '' ? 'Azure gave no reason' : `Azure answered: ${shown}`;
  return { status, code: `http-${status}`, message, extendedCode: undefined, retryAfterMs };
}

function parseJson(body: string | null | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

/** Seconds, or a date that is read by Azure's own clock, which the same answer carries. */
function readRetryAfter({ headers }: PipelineResponse): number | undefined {
  const given = headers.get('retry-after');
  if (given === undefined || given === '') return undefined;
  const seconds = Number(given);
  const date = Date.parse(headers.get('date') ?? '');
  const waitMs = Number.isNaN(seconds) ? Date.parse(given) - date : seconds * 1_000;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}
