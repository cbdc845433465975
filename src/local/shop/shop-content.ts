import { fileURLToPath } from 'node:url';
import type { ProcessSpec } from '../app-service/types.ts';
import { behaviourEnv } from './behaviour.ts';

const CONTENT = /^shop@([\w.+-]{1,64})(?:\?(.*))?$/;
const PROGRAM = fileURLToPath(new URL('shop.ts', import.meta.url));

/**
 * `shop@{version}[?behaviour=…&…]` as a process. The version is baked into the content, as into a
 * build, so it moves with the volume in a swap.
 * @throws Error for any other content, and for a query that the shop does not know.
 */
export function shopContent(
  content: string,
  { connectionString }: { readonly connectionString: string },
): ProcessSpec {
  const match = CONTENT.exec(content);
  if (match?.[1] === undefined) {
    throw new Error(
      `'${content}' is no content of the sample shop; an example is shop@2.0.0?behaviour=failing`,
    );
  }
  const [, version, query] = match;
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', PROGRAM],
    env: {
      ...behaviourEnv(new URLSearchParams(query ?? '')),
      SHOP_VERSION: version,
      APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
      // The SDK's own usage statistics would look for the internet.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    },
  };
}
