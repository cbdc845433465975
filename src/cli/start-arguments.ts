/** What a start takes of the commit and of the trace of its run, checked as Slipway itself does. */
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

import { startMessage } from '../release/parse-start.ts';

const { committedAt, traceparent } = startMessage.shape.requestedBy.unwrap().shape;

/** ISO 8601 with its offset; empty is not said, as where a script found no commit. */
export function committedAtArgument(text: string): string {
  return text === '' ? text : checked(committedAt, text);
}

export function traceparentArgument(text: string): string {
  return text === '' ? text : checked(traceparent, text);
}

/**
 * The trace that this process belongs to, as tools for traces of CI runs hand it on
 * (https://opentelemetry.io/docs/specs/otel/context/env-carriers/). What cannot be one is left out: no release
 * waits for it.
 */
export function traceparentOf({
  TRACEPARENT: text,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  return text !== undefined && traceparent.safeParse(text).success ? text : undefined;
}

function checked(shape: z.ZodType, text: string): string {
  const { error } = shape.safeParse(text);
  if (error === undefined) return text;
  throw new InvalidArgumentError(`It ${error.issues[0]?.message ?? 'cannot be used'}.`);
}
