/** What the judge says of a release, with both sides of its evidence as bars. */
import { verdictOf } from '../api/words/verdict-of.ts';
import type { ReleaseView } from '../api/contract.ts';
import { formatEvidence } from '../judge/format.ts';
import { bar } from './bars.ts';
import { below, labelled, type Look } from './look.ts';

type Verdict = NonNullable<ReleaseView['verdict']>;

const EVIDENCE_CELLS = 20;
/** Beside the bar: `harm`, `safety`. */
const NAME_ROOM = ' '.repeat(8);
const LOG_MILLION = Math.log(1_000_000);

/**
 * The verdict, and both sides of its evidence as parts of what they need, on the scale on which they climb:
 * that of the logarithm. The live watch shows it too.
 */
export function evidenceLines(release: ReleaseView, look: Look): readonly string[] {
  const { verdict } = release;
  if (verdict === null) return [];
  const { colors } = look;
  const { outcome, harm, harmThreshold, certify, certifyThreshold } = verdict;
  const plain = (text: string): string => text;
  // What was true of the step before shall not be taken for how this one stands.
  const isOld = verdictOf(release) !== undefined;
  const harmful = isOld ? colors.dim : outcome === 'harm' ? colors.red : plain;
  const line = [
    verdictLine(verdict, release, look),
    harmful(evidenceLine('harm', [harm, harmThreshold], look)),
  ];
  if (certify === null) return line;
  const safe = isOld ? colors.dim : certify >= certifyThreshold ? colors.green : plain;
  return [...line, safe(evidenceLine('safety', [certify, certifyThreshold], look))];
}

/** Its sentence too, unless the message has it already. */
function verdictLine({ outcome, sentence }: Verdict, release: ReleaseView, look: Look): string {
  const of = verdictOf(release);
  const what = of === undefined ? outcome : `of ${of}: ${outcome}`;
  return labelled(
    'Verdict',
    release.message.includes(sentence) ? what : `${what}: ${sentence}`,
    look,
  );
}

function evidenceLine(
  name: string,
  [logE, threshold]: readonly [logE: number, threshold: number],
  { columns }: Look,
): string {
  const said = `${evidenceText(logE, threshold)} of ${formatEvidence(threshold)}`;
  const room = columns - below(`${NAME_ROOM}  ${said}`).length;
  const drawn = bar(logE / threshold, Math.max(1, Math.min(EVIDENCE_CELLS, room)));
  return below(`${name.padEnd(NAME_ROOM.length)}${drawn}  ${said}`);
}

/** Nobody can picture more; beside a threshold beyond it all digits are told, or enough would look like less. */
function evidenceText(logE: number, threshold: number): string {
  const isCapped = logE > LOG_MILLION && threshold <= LOG_MILLION;
  return isCapped ? 'over 1,000,000' : formatEvidence(logE);
}
