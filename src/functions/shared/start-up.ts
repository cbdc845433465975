import { app } from '@azure/functions';

import { closeSlipway, settingsProblems } from '../../app.ts';

/** Says at once, at start-up, everything that is wrong with the settings; each call says it again. */
export function tellSettings(tell: (line: string) => void): void {
  const problems = settingsProblems();
  if (problems.length > 0) tell(`the settings are not valid: ${problems.join('; ')}`);
}

app.hook.appStart(() => {
  // eslint-disable-next-line no-console -- no invocation is there yet; the worker sends it to the host's log
  tellSettings(console.error);
});

app.hook.appTerminate(() => closeSlipway());
