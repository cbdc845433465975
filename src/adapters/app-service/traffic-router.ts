import type { TrafficRouter } from '../../controller/ports/traffic-router.ts';
import type { Target } from '../../release/start-message.ts';
import type { ArmClientsOf } from './arm-clients.ts';
import { callAzure } from './call-azure.ts';
import { armRulesOf, mergeRules, toRule } from './ramp-up-rules.ts';
import type { ArmRule } from './ramp-up-rules.ts';

export function createTrafficRouter(clientsOf: ArmClientsOf): TrafficRouter {
  async function readArmRules(target: Target): Promise<readonly ArmRule[]> {
    const { webApps } = clientsOf(target.subscriptionId).reads;
    const config = await webApps.getConfiguration(target.resourceGroup, target.site);
    return armRulesOf(config.experiments?.rampUpRules);
  }

  return {
    readRules: async (target) =>
      await callAzure(`read the rules of ${target.site}`, async () =>
        (await readArmRules(target)).map(toRule),
      ),

    writeRules: async (target, rules) =>
      await callAzure(`write the rules of ${target.site}`, async () => {
        // Read here again, however fresh the caller's list: a Rule does not carry every field.
        const rampUpRules = mergeRules(await readArmRules(target), rules);
        const { webApps } = clientsOf(target.subscriptionId).once;
        // Nothing else in the body: writing the whole configuration back restarts the app, and undoes
        // what others changed meanwhile (azure.md 1.2, 1.5).
        await webApps.updateConfiguration(target.resourceGroup, target.site, {
          experiments: { rampUpRules },
        });
      }),
  };
}
