/** What a person can type while the show stays up. Every line can be copied as it stands. */
import { SLOT, TARGET } from '../local-azure/sample-shop.ts';

export interface HintFacts {
  /** Of the function app, without `/api`. */
  readonly url: string;
  readonly functionKey: string;
  readonly masterKey: string;
  readonly armUrl: string;
  /** Connection string of the storage account. */
  readonly storage: string;
  /** A version that was not released yet. */
  readonly version: string;
  /** Where the start message lies, with VERSION_MARK in place of a version. */
  readonly messageFile: string;
  /** The registry with the sample shop, as it was applied. */
  readonly appsFile: string;
}

/** Stands in the message file where the version goes. */
export const VERSION_MARK = 'VERSION';

/** A line that begins with `#` says what the next one does. All but `curl` want this folder. */
export function hintLines(facts: HintFacts): readonly string[] {
  const { url, functionKey, masterKey, armUrl, storage, version, messageFile, appsFile } = facts;
  const app = TARGET.site;
  // The shell puts the version between two quoted parts.
  const content = `shop@'$VERSION'`;
  const deployment = JSON.stringify({ site: TARGET.site, slot: SLOT, content });
  const site = `${TARGET.subscriptionId}/${TARGET.resourceGroup}/${TARGET.site}`;
  return [
    `export SLIPWAY_URL=${url} SLIPWAY_KEY=${functionKey} VERSION=${version}`,
    "# another release: its build into the slot (a failing one: shop@'$VERSION'?behaviour=failing), then its start; raise VERSION before the next one",
    // Answers end without a line break; `-w` adds it.
    String.raw`curl -sw '\n' ${armUrl}/local/deploy -d '${deployment}'`,
    `npx slipway start --app ${app} --version "$VERSION"`,
    '# or start it as CI does, by a message on the queue',
    `export AzureWebJobsStorage='${storage}'`,
    `sed "s/${VERSION_MARK}/$VERSION/" "${messageFile}" | node -e "${SEND}"`,
    '# while it runs: watch it; pause, resume, advance, promote, abort or rollback',
    `npx slipway watch --app ${app}`,
    `npx slipway pause --app ${app} --reason "a closer look"`,
    '# all releases, newest first; what happened to one, and why; whether anybody changed its audit, read from the storage account itself',
    'npx slipway list',
    `npx slipway audit --app ${app}`,
    `npx slipway audit verify --app ${app}`,
    '# the same over HTTP (docs/api.md)',
    String.raw`curl -sw '\n' "$SLIPWAY_URL/api/releases" -H "x-functions-key: $SLIPWAY_KEY"`,
    '# break the glass: without the function app and its storage (docs/rescue.md)',
    `npx slipway rescue --site ${site} --slot ${SLOT} --arm-endpoint ${armUrl}`,
    '# its registry (docs/apps.md), with the master key: change the file and apply it again',
    `SLIPWAY_KEY=${masterKey} npx slipway apps apply "${appsFile}"`,
  ];
}

const SEND =
  "new (require('@azure/storage-queue').QueueClient)(process.env.AzureWebJobsStorage, 'releases').sendMessage(require('fs').readFileSync(0, 'utf8'))";
