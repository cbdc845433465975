import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where functions hosts look for settings, in the folder that they run in. */
export const SETTINGS_FILE = 'local.settings.json';

type Environment = Readonly<Record<string, string | undefined>>;

const FILE = z.looseObject({ Values: z.record(z.string(), z.string()).default({}) });

/**
 * The settings of this process, completed from `Values` of local.settings.json as functions hosts do it:
 * what the environment has wins. A missing file adds nothing.
 *
 * @throws Error when the file is there and cannot be used
 */
export function settingsWith(env: Environment, file: string): Environment {
  const text = textOf(file);
  return text === undefined ? env : { ...valuesOf(text, file), ...env };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function valuesOf(text: string, file: string): Record<string, string> {
  try {
    return FILE.parse(JSON.parse(text)).Values;
  } catch (cause) {
    const message = `${file} is not a settings file: {"Values": {"NAME": "text"}} is expected`;
    throw new Error(message, { cause });
  }
}
