import type { SiteInspector } from '../../controller/ports/site-inspector.ts';
import type { Rights } from '../../release/doctor-facts.ts';
import type { Target } from '../../release/start-message.ts';
import { createArmClients } from './arm-clients.ts';
import type { ArmClientsOf } from './arm-clients.ts';
import { callAzure } from './call-azure.ts';
import type { AppServiceOptions } from './connect.ts';
import { readPermissions } from './permissions.ts';
import { type ReadSettings, compareSettings } from './setting-fingerprints.ts';
import { configurationOf, settingsOf, stringsOf } from './site-configuration.ts';
import { filled } from './site-facts.ts';
import { nameInToken } from './token-name.ts';

const ARM_SCOPE = 'https://management.azure.com/.default';

/**
 * What `slipway doctor` asks beside preflight. Sends nothing yet.
 * @throws AzureCallError `not-loopback` when `localEndpoint` is not an address of this machine.
 */
export function connectSiteInspector(options: AppServiceOptions): SiteInspector {
  const clientsOf = createArmClients(options);
  return {
    readConfiguration: (target, slot) =>
      callAzure(`read the configuration of ${target.site}/${slot}`, () =>
        readConfiguration(clientsOf, target, slot),
      ),
    compareSettings: (target, slot) =>
      callAzure(`compare the settings of ${target.site} and ${slot}`, async () =>
        compareSettings(await readSettings(clientsOf, target, slot)),
      ),
    readRights: (target, slot) =>
      callAzure(`read the permissions on ${target.site}`, () =>
        readRights(clientsOf, target, slot),
      ),
    who: async () => {
      const token = await options.credential.getToken(ARM_SCOPE).catch(() => null);
      return token === null ? undefined : nameInToken(token.token);
    },
  };
}

async function readConfiguration(clientsOf: ArmClientsOf, target: Target, slot: string) {
  const { webApps } = clientsOf(target.subscriptionId).reads;
  const { resourceGroup: group, site } = target;
  let date: string | undefined;
  const onResponse = ({
    headers,
  }: {
    headers: { get(name: string): string | undefined };
  }): void => {
    date = headers.get('date');
  };
  const [production, canary, web, slotWeb] = await Promise.all([
    webApps.get(group, site, { onResponse }),
    webApps.getSlot(group, site, slot),
    webApps.getConfiguration(group, site),
    webApps.getConfigurationSlot(group, site, slot),
  ]);
  const azureTime = Date.parse(date ?? '');
  return {
    production: configurationOf(production, web),
    slot: configurationOf(canary, slotWeb),
    azureTime: Number.isNaN(azureTime) ? undefined : azureTime,
  };
}

async function readSettings(
  clientsOf: ArmClientsOf,
  target: Target,
  slot: string,
): Promise<ReadSettings> {
  const { webApps } = clientsOf(target.subscriptionId).reads;
  const { resourceGroup: group, site } = target;
  const [names, production, canary, strings, slotStrings] = await Promise.all([
    webApps.listSlotConfigurationNames(group, site),
    webApps.listApplicationSettings(group, site),
    webApps.listApplicationSettingsSlot(group, site, slot),
    webApps.listConnectionStrings(group, site),
    webApps.listConnectionStringsSlot(group, site, slot),
  ]);
  return {
    appSettings: {
      production: settingsOf(production.properties),
      slot: settingsOf(canary.properties),
      sticky: stickyOf(names.appSettingNames),
    },
    connectionStrings: {
      production: stringsOf(strings.properties),
      slot: stringsOf(slotStrings.properties),
      sticky: stickyOf(names.connectionStringNames),
    },
  };
}

/** Unset lists arrive as `null`, against the SDK's types. */
function stickyOf(names: readonly string[] | null | undefined): readonly string[] {
  return (names ?? []).flatMap((name) => filled(name) ?? []);
}

async function readRights(clientsOf: ArmClientsOf, target: Target, slot: string): Promise<Rights> {
  const { send } = clientsOf(target.subscriptionId);
  const [site, ofSlot] = await Promise.all([
    readPermissions(send, target),
    readPermissions(send, target, slot),
  ]);
  return { site, slot: ofSlot };
}
