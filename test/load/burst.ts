/** Thousands of starts at once: first ones, repeated deliveries, busy apps, broken and senseless ones. */
import { sha256 } from '../../src/release/hash.ts';
import { startMessage } from './plan.ts';
import type { Sites } from './sites.ts';

export interface Burst {
  /** In the order in which they are sent. */
  readonly messages: readonly string[];
  readonly expected: Expected;
}

/** What must be there when every message was worked on, whatever the order. */
export interface Expected {
  /** Idempotency keys, each with exactly one release. */
  readonly keys: ReadonlySet<string>;
  /** Releases of messages without a key that name their app. */
  readonly unkeyedReleases: number;
  /** Records of poison by their code. */
  readonly poison: Readonly<Record<string, number>>;
  /** Apps, each with exactly one release that was not rejected. */
  readonly apps: number;
}

/** Shares of a burst after the first starts, which take what they need. */
const SHARES = { repeats: 0.4, busy: 0.3, conflicts: 0.1, invalid: 0.05 };

export function firstKey(app: number): string {
  return `first-${app}`;
}

export function firstStart(sites: Sites, app: number): string {
  return startMessage({ target: sites.target(app), key: firstKey(app) });
}

/**
 * @param options.taken apps that were started before; the others are started by the burst
 * @param options.total messages
 */
export function makeBurst(
  sites: Sites,
  options: { readonly apps: number; readonly taken: number; readonly total: number },
): Burst {
  const { apps, taken, total } = options;
  const firsts = Array.from({ length: apps - taken }, (_, index) => taken + index);
  const repeats = Math.floor(total * SHARES.repeats);
  const busy = Math.floor(total * SHARES.busy);
  const conflicts = Math.floor((total * SHARES.conflicts) / 2);
  const invalid = Math.floor(total * SHARES.invalid);
  const garbage = total - firsts.length - repeats - busy - 2 * conflicts - invalid;
  if (garbage < 0) throw new Error(`${total} messages are too few for ${apps} apps`);
  const target = (index: number): ReturnType<Sites['target']> => sites.target(index % apps);
  const many = (count: number, make: (index: number) => string): string[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const conflict = (index: number, name: string): string =>
    startMessage({ target: target(index), key: `conflict-${index}` }).replace(
      '"load"',
      `"${name}"`,
    );
  const messages = [
    ...firsts.map((app) => firstStart(sites, app)),
    ...many(repeats, (index) => firstStart(sites, index % apps)),
    ...many(busy, (index) => startMessage({ target: target(index), key: `other-${index}` })),
    ...many(conflicts, (index) => conflict(index, 'one')),
    ...many(conflicts, (index) => conflict(index, 'two')),
    ...many(invalid, (index) =>
      startMessage({ target: target(index), key: `invalid-${index}`, plan: { steps: 'none' } }),
    ),
    ...many(garbage, (index) => senseless(index)),
  ];
  const keys = new Set([
    ...many(apps, firstKey),
    ...many(busy, (index) => `other-${index}`),
    ...many(conflicts, (index) => `conflict-${index}`),
  ]);
  const poison = { 'key-used': conflicts, 'invalid-input': garbage };
  return {
    messages: shuffled(messages),
    expected: { keys, unkeyedReleases: invalid, poison, apps },
  };
}

const SENSELESS = [
  (index: number): string => `no JSON at all, number ${index}`,
  (index: number): string => JSON.stringify({ number: index }),
  (index: number): string => JSON.stringify([index]),
] as const;

function senseless(index: number): string {
  return SENSELESS[index % SENSELESS.length]?.(index) ?? 'nothing';
}

/** In an order that has nothing to do with what they say, and is the same in every run. */
function shuffled(texts: readonly string[]): string[] {
  return texts
    .map((text, index) => ({ text, place: sha256(`${index} ${text}`) }))
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ text }) => text);
}
