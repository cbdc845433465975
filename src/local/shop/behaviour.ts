/**
 * How a version of the sample shop behaves. Written in the content's query
 * (`shop@3.0.0?behaviour=failing&checkoutFailures=0.6`), carried in the environment.
 */

export const BEHAVIOURS = ['good', 'failing', 'slow', 'failing-late', 'silent'] as const;

export interface ShopBehaviour {
  /**
   * good; failing: checkout fails for some shoppers; slow: every page takes `slowMs` longer;
   * failing-late: good until `afterSeconds` or `afterRequests`, then failing; silent: good, but
   * without telemetry.
   */
  readonly behaviour: (typeof BEHAVIOURS)[number];
  /** Share of failing checkouts, a fraction. 0.6 is about 15 % of the visitors' requests. */
  readonly checkoutFailures: number;
  /** Share of all requests to `/api/` that fail in every version, a fraction. */
  readonly baselineFailures: number;
  readonly slowMs: number;
  /** For failing-late: seconds from the start of the process; 0 turns this limit off. */
  readonly afterSeconds: number;
  /** For failing-late: requests since the start of the process; 0 turns this limit off. */
  readonly afterRequests: number;
}

/** The environment variable of each number, and its value when it is not given. */
const NUMBERS = {
  checkoutFailures: { variable: 'SHOP_CHECKOUT_FAILURES', default: 0.6 },
  baselineFailures: { variable: 'SHOP_BASELINE_FAILURES', default: 0 },
  slowMs: { variable: 'SHOP_SLOW_MS', default: 800 },
  afterSeconds: { variable: 'SHOP_AFTER_SECONDS', default: 20 },
  afterRequests: { variable: 'SHOP_AFTER_REQUESTS', default: 0 },
} as const;

type NumberName = keyof typeof NUMBERS;

const BEHAVIOUR_VARIABLE = 'SHOP_BEHAVIOUR';

const isBehaviour = (text: string): text is ShopBehaviour['behaviour'] =>
  BEHAVIOURS.some((known) => known === text);
const isNumberName = (text: string): text is NumberName => Object.hasOwn(NUMBERS, text);

/**
 * Turns the query of a content into environment variables.
 * @throws Error that names every part which is not known or not a number.
 */
export function behaviourEnv(query: URLSearchParams): Record<string, string> {
  const env: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of query) {
    if (name === 'behaviour' && isBehaviour(value)) env[BEHAVIOUR_VARIABLE] = value;
    else if (isNumberName(name) && isAmount(value)) env[NUMBERS[name].variable] = value;
    else problems.push(`${name}=${value}`);
  }
  if (problems.length === 0) return env;
  const known = `behaviour (${BEHAVIOURS.join(', ')}), ${Object.keys(NUMBERS).join(', ')}`;
  throw new Error(`the shop does not know ${problems.join(' and ')}; it knows ${known}`);
}

/** Reads what `behaviourEnv` wrote; what is missing or wrong has its default. */
export function readBehaviour(env: Readonly<Record<string, string | undefined>>): ShopBehaviour {
  const behaviour = env[BEHAVIOUR_VARIABLE] ?? 'good';
  const number = (name: NumberName): number => {
    const text = env[NUMBERS[name].variable] ?? '';
    return isAmount(text) ? Number(text) : NUMBERS[name].default;
  };
  return {
    behaviour: isBehaviour(behaviour) ? behaviour : 'good',
    checkoutFailures: number('checkoutFailures'),
    baselineFailures: number('baselineFailures'),
    slowMs: number('slowMs'),
    afterSeconds: number('afterSeconds'),
    afterRequests: number('afterRequests'),
  };
}

/** What is known when a request comes in. Times in milliseconds since the start of the process. */
export interface ShopMoment {
  readonly path: string;
  readonly ageMs: number;
  /** Requests since the start, this one included. */
  readonly requests: number;
  /** A fraction in [0, 1). */
  readonly roll: number;
}

/** Whether this request is answered with 500. */
export function fails(shop: ShopBehaviour, moment: ShopMoment): boolean {
  if (!moment.path.startsWith('/api/')) return false;
  const checkout = moment.path === '/api/checkout';
  const share = checkout && isFailingNow(shop, moment) ? shop.checkoutFailures : 0;
  return moment.roll < Math.max(share, shop.baselineFailures);
}

function isFailingNow(shop: ShopBehaviour, { ageMs, requests }: ShopMoment): boolean {
  if (shop.behaviour === 'failing') return true;
  if (shop.behaviour !== 'failing-late') return false;
  const { afterSeconds, afterRequests } = shop;
  const oldEnough = afterSeconds > 0 && ageMs >= afterSeconds * 1000;
  return oldEnough || (afterRequests > 0 && requests > afterRequests);
}

function isAmount(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}
