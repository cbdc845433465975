/** The store itself, for commands that do not take the function app's word for it. */
import { openStore } from '../app.ts';
import { SlipwayError } from '../release/errors.ts';
import { SETTINGS_FILE, settingsWith } from './settings-file.ts';

/** For the help. */
export const STORE = `the store itself, by the settings AzureWebJobsStorage… of the environment or of ${SETTINGS_FILE} in this folder`;

export function ownStore(): ReturnType<typeof openStore> {
  const settings = settingsWith(process.env, SETTINGS_FILE);
  try {
    return openStore(settings);
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'settings') throw cause;
    const { message, details } = cause;
    // Who has set SLIPWAY_URL and SLIPWAY_KEY would look for the mistake there.
    const why = `${message} (this reads ${STORE}: SLIPWAY_URL does not lead there)`;
    throw new SlipwayError(cause.code, why, { details, cause });
  }
}
