/** Settings as bindings refer to them: `%NAME%` in routes, queues and schedules, and names of connections. */
import { FunctionsHostError } from './host-error.ts';

/** The environment of the app. */
export type Settings = Readonly<Record<string, string | undefined>>;

const DEFAULT_CONNECTION = 'AzureWebJobsStorage';

/**
 * Replaces every `%NAME%` by that setting.
 *
 * @throws FunctionsHostError `setting-missing`, naming the setting and its user
 */
export function resolveSettings(text: string, settings: Settings, usedBy: string): string {
  return text.replace(/%([^%]+)%/g, (_whole, name: string) => {
    const value = settings[name];
    if (value !== undefined && value !== '') return value;
    const message = `${usedBy} refers to the setting "${name}", which is not set.`;
    throw new FunctionsHostError('setting-missing', message);
  });
}

/**
 * The connection string that a binding's `connection` names (default `AzureWebJobsStorage`).
 *
 * @throws FunctionsHostError `setting-missing`; connections by identity cannot work here
 */
export function connectionString(name: string, settings: Settings, usedBy: string): string {
  const setting = name === '' ? DEFAULT_CONNECTION : name;
  // The real host tries the prefixed name first.
  const value = settings[`AzureWebJobs${setting}`] ?? settings[setting];
  if (value !== undefined && value !== '') return value;
  const message = `${usedBy} uses the connection "${setting}": set it to a storage connection string. The local host knows no identity-based connections.`;
  throw new FunctionsHostError('setting-missing', message);
}
