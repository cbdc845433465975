/** What a person can type while the show stays up. Every line can be copied as it stands. */
import { shopBuild, SLOT, TARGET } from '../local-azure/sample-shop.ts';

export interface HintFacts {
  /** Of the function app, without `/api`. */
  readonly url: string;
  readonly functionKey: string;
  readonly armUrl: string;
  /** A version that was not released yet. */
  readonly version: string;
  /** Where the start message for it lies. */
  readonly messageFile: string;
}

/** Answers end without a line break; `-w` adds it. */
const CURL = String.raw`curl -sw '\n'`;

/** A line that begins with `#` says what the next one does. */
export function hintLines(facts: HintFacts): readonly string[] {
  const { url, functionKey, armUrl, version, messageFile } = facts;
  const content = shopBuild(version);
  const deployment = JSON.stringify({ site: TARGET.site, slot: SLOT, content });
  const command = (name: string, reason: string): string =>
    `${CURL} "$SLIPWAY/releases/$ID/${name}" -H "$KEY" -d '{"reason":"${reason}"}'`;
  return [
    `export SLIPWAY=${url}/api KEY='x-functions-key: ${functionKey}'`,
    '# all releases, newest first',
    `${CURL} "$SLIPWAY/releases" -H "$KEY"`,
    `# another release: a build into the slot (a failing one: shop@${version}?behaviour=failing), then its start;`,
    '# next time raise the version in both',
    `${CURL} ${armUrl}/local/deploy -d '${deployment}'`,
    `ID=$(curl -s "$SLIPWAY/releases" -H "$KEY" -d "@${messageFile}" | grep -o '"id":"[^"]*' | cut -c7-); echo "$ID"`,
    '# while it runs',
    command('pause', 'a closer look'),
    command('resume', 'looks fine'),
    command('abort', 'not today'),
    '# what happened to it, and why',
    `${CURL} "$SLIPWAY/releases/$ID/audit" -H "$KEY"`,
  ];
}
