/** What is asked of `POST /api/apps/{name}/doctor`. */
import { z } from 'zod';

import { InvalidInputError } from '../release/errors.ts';
import { parseJson, problemsOf } from '../release/input-problems.ts';
import { plainText, versionText } from '../release/written-plan.ts';

export const question = z.strictObject({
  version: versionText().optional(),
  baselineVersion: plainText(100).optional(),
  // Read, with all its problems, as a start's is.
  plan: z.unknown().optional(),
  since: z.iso
    .datetime({ error: 'not a time in UTC such as 2026-01-05T12:00:00.000Z' })
    .transform((text) => Date.parse(text))
    .optional(),
});

/** @throws InvalidInputError */
export function parseDoctorQuestion(body: string): z.output<typeof question> {
  const result = question.safeParse(parseJson(body));
  if (result.success) return result.data;
  throw new InvalidInputError('the question', problemsOf(result.error));
}
