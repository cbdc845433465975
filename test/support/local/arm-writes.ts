/** What changed in Azure: every write that ARM received. The stand-in itself keeps only the last requests. */
import { z } from 'zod';

import type { ArmRequest } from '../../../src/local/app-service/arm-server.ts';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';

/** Marks writes of somebody else's tool; Slipway's SDK sends the version of its own release. */
export const OTHER_TOOL_API_VERSION = '2022-03-01';

export type ArmWrite =
  | {
      readonly kind: 'rules';
      readonly byHand: boolean;
      readonly status: number;
      /** `slot=percent`, in order. */
      readonly rules: readonly string[];
    }
  | { readonly kind: 'swap'; readonly byHand: boolean; readonly status: number }
  /** Nothing that Slipway may do. */
  | {
      readonly kind: 'other';
      readonly byHand: boolean;
      readonly status: number;
      readonly what: string;
    };

export interface ArmWrites {
  /** Of one site, oldest first. */
  of(site: string): readonly ArmWrite[];
  stop(): void;
}

const LOOK_EVERY_MS = 200;

/** A PATCH that says anything besides the ramp-up rules is `other`. */
const rulesBody = z.strictObject({
  properties: z.strictObject({
    experiments: z.strictObject({
      rampUpRules: z.array(
        z.strictObject({
          name: z.string(),
          actionHostName: z.string(),
          reroutePercentage: z.number(),
        }),
      ),
    }),
  }),
});

export function recordArmWrites({ requests }: Pick<AppServiceStandIn, 'requests'>): ArmWrites {
  const kept: ArmRequest[] = [];
  let newest: ArmRequest | undefined;
  const look = (): void => {
    const fresh = requests.slice(requests.findLastIndex((request) => request === newest) + 1);
    newest = fresh.at(-1) ?? newest;
    kept.push(...fresh.filter(({ method }) => method !== 'GET'));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    of: (site) => {
      look();
      const path = `/sites/${site}/`;
      return kept.filter(({ url }) => url.includes(path)).map(writeOf);
    },
    stop: () => clearInterval(timer),
  };
}

function writeOf({ method, url, body, status }: ArmRequest): ArmWrite {
  const { pathname, searchParams } = new URL(url, 'http://arm');
  const byHand = searchParams.get('api-version') === OTHER_TOOL_API_VERSION;
  if (method === 'POST' && pathname.endsWith('/slotsswap')) return { kind: 'swap', byHand, status };
  if (method === 'PATCH' && pathname.endsWith('/config/web')) {
    const parsed = rulesBody.safeParse(JSON.parse(body));
    if (parsed.success) {
      const { rampUpRules } = parsed.data.properties.experiments;
      const rules = rampUpRules.map(
        ({ name, reroutePercentage }) => `${name}=${reroutePercentage}`,
      );
      return { kind: 'rules', byHand, status, rules };
    }
  }
  return { kind: 'other', byHand, status, what: `${method} ${url} ${body}` };
}
