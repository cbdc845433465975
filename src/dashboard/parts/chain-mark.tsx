import type { ReleaseView } from '../../api/contract.ts';
import { sha256 } from '../data/sha256.ts';
import { AUDIT_ROWS_MAX, mark, rows } from '../state/release.ts';
import { count } from '../view/format.ts';
import { Sign } from './sign.tsx';

/** Whether the rows are the chain that they say they are; and what that proves. */
export function ChainMarkView({ release }: { readonly release: ReleaseView }) {
  const found = mark.value;
  if (sha256 === undefined) {
    return <span class="mark calm">not checked: this browser hashes over https only</span>;
  }
  if (found === undefined) {
    const isTooLong = rows.value.length >= AUDIT_ROWS_MAX;
    return (
      <span class="mark calm">
        {isTooLong ? 'too long to check here: slipway audit verify' : 'being checked…'}
      </span>
    );
  }
  if (found.kind === 'broken') {
    return (
      <span class="mark bad" role="alert">
        <Sign name="alarm" />
        chain broken at row {found.sequence}: {found.problem}
      </span>
    );
  }
  const newer = Math.max(rows.value.length, release.sequence) - found.rows;
  return (
    <details class="chain">
      <summary>
        <span class="mark good">
          <Sign name="check" />
          {newer > 0 ? `${count(found.rows)} rows verified` : 'chain verified'}
        </span>
      </summary>
      <p>
        This page hashed all {count(found.rows)} rows that Slipway gave it: each holds the hash of
        the one before, and the last is the head that the release names, so no row was changed, left
        out or put in by itself. It does not show that nobody wrote the whole chain anew: compare
        the head with one that was noted elsewhere, or run <code>slipway audit verify</code>, which
        reads the store itself.
      </p>
      <p>
        Head <code class="hash">{found.head}</code>
      </p>
    </details>
  );
}
