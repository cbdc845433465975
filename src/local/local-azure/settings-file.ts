/** local.settings.json: where a functions host finds the settings of the app that it runs. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const fileSchema = z.looseObject({
  IsEncrypted: z.literal(false).optional(),
  Values: z.record(z.string(), z.string()).optional(),
});

/** Thrown for a file that cannot be added to without losing what somebody wrote there. */
export class SettingsFileError extends Error {
  readonly code = 'settings-file';

  constructor(file: string, options: ErrorOptions) {
    super(
      `${file} is not a settings file that can be added to (JSON, IsEncrypted false, Values of texts): move it away`,
      options,
    );
    this.name = 'SettingsFileError';
  }
}

const IDENTITY_PREFIX = 'AzureWebJobsStorage__';

/**
 * Writes these settings over those of the same names, and keeps whatever else is in the file. Only
 * settings that mean "storage by identity" go, since Slipway refuses them next to a connection string.
 *
 * @returns names of the settings that had a value and went
 * @throws SettingsFileError
 */
export async function writeSettings(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { Values = {}, ...rest } = await readSettings(file);
  const names = Object.keys(Values);
  const byIdentity = names.filter(
    (name) => name.startsWith(IDENTITY_PREFIX) && Values[name] !== '',
  );
  const kept = Object.entries(Values).filter(([name]) => !byIdentity.includes(name));
  const values = { ...Object.fromEntries(kept), ...settings };
  const content = { ...rest, IsEncrypted: false, Values: values };
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
  return byIdentity;
}

async function readSettings(file: string): Promise<z.infer<typeof fileSchema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SettingsFileError(file, { cause });
  }
}
