import { nowMs } from './system.ts';

/** One thing that changed a site, by whatever hand. What was refused is not here: it changed nothing. */
export type SiteChange = {
  readonly atMs: number;
  readonly site: string;
} & (
  | {
      /** A call to ARM that writes: rules, settings, the start of a swap. */
      readonly kind: 'written';
      /** `production` or the name of a slot. */
      readonly slot: string;
      readonly method: string;
      /** What the path says after the site or slot, lower case. */
      readonly rest: string;
      readonly apiVersion: string;
      /** As received. */
      readonly body: string;
      readonly status: number;
      /** The slot's rules from then on. */
      readonly rules: readonly { readonly name: string; readonly percent: number }[];
    }
  | { readonly kind: 'deployed'; readonly slot: string; readonly content: string }
  /** The moment of a swap from which production runs what the slot held. */
  | { readonly kind: 'volumes-moved'; readonly production: string | null }
  | { readonly kind: 'swap-ended'; readonly status: 'succeeded' | 'failed' }
);

/** A change without the time, which the log adds. */
export type NewChange = SiteChange extends infer Change
  ? Change extends SiteChange
    ? Omit<Change, 'atMs'>
    : never
  : never;

/** Everything that was done to the sites, in order: what an audit can be compared with. */
export interface ChangeLog {
  readonly changes: readonly SiteChange[];
  note(change: NewChange): void;
}

/** A crash test of an hour makes some thousands; the oldest go first. */
const CHANGES_KEPT = 100_000;

export function createChangeLog(): ChangeLog {
  const changes: SiteChange[] = [];
  return {
    changes,
    note: (change) => {
      changes.push({ atMs: nowMs(), ...change });
      if (changes.length > CHANGES_KEPT) changes.shift();
    },
  };
}
