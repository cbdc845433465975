/** The shop's visitors: a few who always come, and more while there is something to judge. */
import type { VisitorCounts, Visitors } from '../shop/visitors.ts';

export interface ShoppersOptions {
  readonly quietPerSecond: number;
  readonly morePerSecond: number;
  readonly start: (ratePerSecond: number) => Visitors;
}

export interface Shoppers extends Pick<Visitors, 'stop'> {
  /** What they saw since the beginning. */
  counts(): Pick<VisitorCounts, 'sent' | 'unanswered' | 'leftOut' | 'byVersion'>;
  /** Whether many come, or few. Saying the same again changes nothing. */
  many(wanted: boolean): void;
}

type Counts = ReturnType<Shoppers['counts']>;

/**
 * Begins with many. Two crowds instead of one with another rate: those who always come are not sent
 * away in the middle of a request when a release begins or ends.
 */
export function createShoppers(options: ShoppersOptions): Shoppers {
  const { quietPerSecond, morePerSecond, start } = options;
  const always = start(quietPerSecond);
  let more: Visitors | undefined = start(morePerSecond);
  let gone: Counts = { sent: 0, unanswered: 0, leftOut: 0, byVersion: {} };
  const dismiss = (): void => {
    if (more === undefined) return;
    more.stop();
    gone = sum(gone, more.counts());
    more = undefined;
  };
  return {
    counts: () =>
      [always, more].reduce<Counts>(
        (all, one) => (one === undefined ? all : sum(all, one.counts())),
        gone,
      ),
    many: (wanted) => {
      if (wanted) more ??= start(morePerSecond);
      else dismiss();
    },
    stop: () => {
      always.stop();
      dismiss();
    },
  };
}

function sum(one: Counts, other: Counts): Counts {
  const byVersion = { ...one.byVersion };
  for (const [version, { answers, failures }] of Object.entries(other.byVersion)) {
    const seen = byVersion[version] ?? { answers: 0, failures: 0 };
    byVersion[version] = { answers: seen.answers + answers, failures: seen.failures + failures };
  }
  return {
    sent: one.sent + other.sent,
    unanswered: one.unanswered + other.unanswered,
    leftOut: one.leftOut + other.leftOut,
    byVersion,
  };
}
