/** The removal of the slot's rule: written without retries, believed when it is read back. */
import { AzureCallError } from '../app.ts';
import type { Rule } from '../release/azure-facts.ts';
import { describeRules, isRuleOf } from '../release/rules.ts';
import type { Rescue } from './rescue.ts';
import type { Seen } from './rescue-look.ts';
import { Patience, RescueStop, isBusy, patiently } from './rescue-steps.ts';

const TRIES = 3;

/**
 * Until no rule of the slot is read any more. The rules of other slots are read right before each
 * write and given back as they are.
 * @throws RescueStop 1 when Azure refuses, stays busy, or gives the rule back at each try
 */
export async function removeRule(run: Rescue, { site }: Seen): Promise<void> {
  const { options, io, say } = run;
  const patience = new Patience(run);
  let tries = 0;
  for (;;) {
    const rules = await patiently(patience, () => io.appService.router.readRules(options.target));
    const own = rules.filter((rule) => isRuleOf(rule, options.slot, site?.slot.host));
    if (own.length === 0) {
      if (tries > 0) say(`Read back: no rule of ${options.slot} is left.`);
      return;
    }
    if (tries === TRIES) {
      const message = `the rule is still there after ${TRIES} writes (${describeRules(rules)}). Something else writes it: stop the function app, then run this again`;
      throw new RescueStop(1, message);
    }
    if (await wrote(run, patience, { rules: rules.filter((rule) => !own.includes(rule)), own }))
      tries += 1;
  }
}

interface Write {
  readonly rules: readonly Rule[];
  readonly own: readonly Rule[];
}

/** False when Azure was busy and nothing was done. What became of any other write is read back. */
async function wrote(run: Rescue, patience: Patience, { rules, own }: Write): Promise<boolean> {
  const { options, io, say } = run;
  try {
    await io.appService.router.writeRules(options.target, rules);
    say(`Removed ${describeRules(own)}.`);
    return true;
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    if (isBusy(error)) {
      const why = `A swap or another operation runs on the site (${error.code}), Azure refuses changes until it ends`;
      await patience.wait(why, error.retryAfterMs);
      return false;
    }
    if (error.failure === 'unknown') {
      say(`No clear answer (${error.code}): reads back what became of it.`);
      return true;
    }
    if (error.status === undefined) throw error;
    const message = `Azure refuses to change the rules: ${error.code}: ${error.message}. Microsoft.Web/sites/config/write on the site is needed (Website Contributor): ask somebody who has it`;
    throw new RescueStop(1, message, { cause: error });
  }
}
