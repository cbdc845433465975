/** What the show says before, between and after the releases. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { DataFolder } from '../local-azure/data-folder.ts';
import { SLOT_HOST } from '../local-azure/sample-shop.ts';
import { hintLines, VERSION_MARK } from './hints.ts';
import { appsFileIn } from './register-shop.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { nextVersions, SHOW_PLAN, startMessage } from './start-message.ts';
import { paragraph, wrap } from './wrap.ts';

interface Scene {
  readonly folder: DataFolder;
  readonly screen: Screen;
}

const ADDRESS_INDENT = 17;

/** Prose, in lines as wide as the terminal is at that moment. */
export function teller(screen: Screen): (text: string) => void {
  return (text) => screen.line(paragraph(text, screen.look().columns));
}

/** After Ctrl-C. */
export function farewell({ path: folder }: DataFolder): string {
  return `Stopped. Data is kept in ${shownPath(folder)}: the next start with it goes on from here, with a release that is not finished too; --fresh starts empty.`;
}

function shownPath(folder: string): string {
  return path.relative('', folder) || '.';
}

/** What is about to be seen. */
export function introduce(screen: Screen): void {
  const { colors } = screen.look();
  const { alpha, beta } = SHOW_PLAN.analysis;
  const tell = teller(screen);
  screen.line('');
  tell(
    `${colors.bold('Slipway on this machine.')} You are about to see two releases of a sample shop, while shoppers visit it. The first version is good: it climbs from 10 % to 50 % of them, is swapped into production, watched, and succeeds. The second fails for some of them at the checkout: it is caught and taken back.`,
  );
  tell(
    `The line that moves shows how much of production the new version has, and the evidence: harm that reaches ${1 / alpha} rolls it back, safety that reaches ${1 / beta} lets it go on.`,
  );
  tell(
    'The plan is compressed to seconds and its budget widened, so that a minute of local traffic is enough to certify a version. The code is the one that runs in Azure.',
  );
  screen.line('');
}

/** Where everything listens. */
export function tellAddresses(stage: Stage, { folder, screen }: Scene): void {
  const { colors, columns } = screen.look();
  const { urls } = stage.azure;
  const shown = shownPath(folder.path);
  const rows = [
    ['the page', `${stage.url} (key: ${stage.functionKey})`],
    ['function app', `${stage.url}/api (header x-functions-key: ${stage.functionKey})`],
    ['shop', urls.shop],
    // Copied as it stands, so it is never broken.
    ['its slot', `curl -H 'Host: ${SLOT_HOST}' ${urls.shop}`],
    ['App Service', `${urls.arm}/local/state`],
    ['Log Analytics', urls.logs],
    ['data, log', `${shown}, ${path.join(shown, path.basename(folder.logFile))}`],
  ];
  for (const [name = '', value = ''] of rows) {
    const width = value.startsWith('curl') ? Infinity : columns - ADDRESS_INDENT - 1;
    const lines = wrap(value, width).join(`\n${' '.repeat(ADDRESS_INDENT)}`);
    screen.line(`  ${colors.dim(name.padEnd(14))} ${lines}`);
  }
}

/** What to type; the files that it needs are written. */
export async function tellHints(stage: Stage, { screen, folder }: Scene): Promise<void> {
  const { colors, columns } = screen.look();
  const present = stage.azure.versions();
  const { good: version } = nextVersions([present.production, present.slot]);
  const messageFile = path.join(folder.path, 'start.json');
  const message = startMessage({ version: VERSION_MARK });
  await writeFile(messageFile, `${JSON.stringify(message, undefined, 2)}\n`);
  const { url, functionKey, masterKey, azure } = stage;
  const lines = hintLines({
    ...{ url, functionKey, masterKey, version, messageFile, appsFile: appsFileIn(folder) },
    armUrl: azure.urls.arm,
    storage: azure.settings.AzureWebJobsStorage,
  });
  const title = `${colors.bold('It stays up until Ctrl-C.')} Try it, in another terminal:`;
  screen.line(`\n${paragraph(title, columns)}\n`);
  for (const line of lines) {
    const isCommand = !line.startsWith('#');
    screen.line(isCommand ? line : colors.dim(paragraph(line, columns, '# ')));
  }
}
