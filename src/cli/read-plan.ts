/** The plan that a command asks about: a preset's name, or a file (JSON or YAML) as a start would have it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

import { InvalidInputError } from '../release/errors.ts';
import { problemsOf } from '../release/input-problems.ts';
import { normalisePlan } from '../release/normalise-plan.ts';
import type { Plan } from '../release/plan.ts';
import { presetNames, writtenPlan } from '../release/written-plan.ts';
import { notRead } from './file-error.ts';

/** As much as a start message may have. */
const BYTES_MAX = 64 * 1024;

/** What names a preset and no file: a wrong one is told with the right ones. */
const PRESET = /^[a-z-]+$/;

/**
 * @throws InvalidInputError with every problem of the plan; FileError when the file cannot be read
 */
export function readPlan(name: string): Plan {
  const input = writtenAt(name);
  const written = writtenPlan.safeParse(input);
  if (!written.success) throw new InvalidInputError('the plan', problemsOf(written.error));
  const normalised = normalisePlan(written.data, 'plan');
  if ('problems' in normalised) throw new InvalidInputError('the plan', normalised.problems);
  return normalised.plan;
}

/**
 * The plan as it is written, not looked at yet: the name of a preset, or what the file has.
 * @throws InvalidInputError when it is neither JSON nor YAML; FileError
 */
export function writtenAt(name: string): unknown {
  return PRESET.test(name) ? name : parsed(name);
}

function parsed(file: string): unknown {
  const text = textOf(file);
  const bytes = Buffer.byteLength(text);
  if (bytes > BYTES_MAX) throw invalid(file, `${bytes} bytes, at most ${BYTES_MAX}`);
  if (text.trim() === '') throw invalid(file, 'it is empty');
  try {
    // JSON is YAML too. Aliases are bounded: a few lines of them could be gigabytes.
    return parse(text, { maxAliasCount: 100, logLevel: 'error' }) as unknown;
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : String(cause));
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw notRead(file, cause);
  }
}

function invalid(file: string, message: string): InvalidInputError {
  return new InvalidInputError(file, [{ path: '', code: 'file', message }]);
}

export const PRESETS = presetNames.join(', ');
