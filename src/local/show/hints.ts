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
  readonly siteId: string;
  /** A version that was not released yet. */
  readonly version: string;
  /** Where the start message lies, with VERSION_MARK in place of a version. */
  readonly messageFile: string;
  /** A registry with the sample shop. */
  readonly appsFile: string;
}

/** Stands in the message file where the version goes. */
export const VERSION_MARK = 'VERSION';

/** Answers end without a line break; `-w` adds it. */
const CURL = String.raw`curl -sw '\n'`;

/** The registry with the sample shop, as a file that can be applied; JSON is YAML too. */
export function sampleApps(): string {
  const target = JSON.stringify(TARGET);
  return `apps:\n  - name: ${TARGET.site}\n    target: ${target}\n    slot: ${SLOT}\n`;
}

/** A line that begins with `#` says what the next one does. */
export function hintLines(facts: HintFacts): readonly string[] {
  const { url, functionKey, armUrl, storage, siteId, version, messageFile, appsFile, masterKey } =
    facts;
  // The shell puts the version between two quoted parts.
  const content = `shop@'$VERSION'`;
  const deployment = JSON.stringify({ site: TARGET.site, slot: SLOT, content });
  const message = `sed "s/${VERSION_MARK}/$VERSION/" "${messageFile}"`;
  return [
    `export SLIPWAY=${url}/api KEY='x-functions-key: ${functionKey}' VERSION=${version}`,
    `export AzureWebJobsStorage='${storage}'`,
    "# another release: its build into the slot (a failing one: shop@'$VERSION'?behaviour=failing), then its start; raise VERSION before the next one",
    `${CURL} ${armUrl}/local/deploy -d '${deployment}'`,
    startLine(message),
    '# or start it as CI does, by a message on the queue (in this folder)',
    `${message} | node -e "${SEND}"`,
    '# while it runs: pause, resume, advance, promote, abort or rollback',
    `DO=pause; ${CURL} "$SLIPWAY/releases/$ID/$DO" -H "$KEY" -d '{"reason":"a closer look"}'`,
    '# all releases, newest first; the app and the release that holds it; what happened to one, and why',
    `${CURL} "$SLIPWAY/releases" -H "$KEY"`,
    `${CURL} "$SLIPWAY/apps?site=${siteId}" -H "$KEY"`,
    `${CURL} "$SLIPWAY/releases/$ID/audit" -H "$KEY"`,
    '# the same by the command (in this folder): list, status, watch, pause, resume, abort …',
    `export SLIPWAY_URL=${url} SLIPWAY_KEY=${functionKey}`,
    'npx slipway list',
    'npx slipway watch "$ID"',
    '# whether anybody changed its audit, read from the storage account itself (in this folder)',
    'npx slipway audit verify "$ID"',
    '# its registry (docs/apps.md), with the master key; change the file and apply it again (in this folder)',
    `SLIPWAY_URL=${url} SLIPWAY_KEY=${masterKey} npx slipway apps apply "${appsFile}"`,
  ];
}

/** A refusal names a release too, the rejected one: its answer is printed, and no id is taken from it. */
function startLine(message: string): string {
  const id = `grep -v '^{"error"' | grep -o '"id":"[^"]*' | head -n 1 | cut -c7-`;
  return `ANSWER=$(${message} | curl -s "$SLIPWAY/releases" -H "$KEY" -d @-); ID=$(echo "$ANSWER" | ${id}); echo "\${ID:-$ANSWER}"`;
}

const SEND =
  "new (require('@azure/storage-queue').QueueClient)(process.env.AzureWebJobsStorage, 'releases').sendMessage(require('fs').readFileSync(0, 'utf8'))";
