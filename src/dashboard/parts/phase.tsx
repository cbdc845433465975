import type { ReleaseView } from '../../api/contract.ts';
import { PHASES, placeText, verdictSign, verdictText, verdictTone } from '../view/words.ts';
import { Sign } from './sign.tsx';

/** The phase in words, with a sign and a tone. */
export function PhaseMark({ release }: { readonly release: ReleaseView }) {
  const { tone, sign, means } = PHASES[release.phase];
  return (
    <span class={`mark ${tone}`} title={means}>
      <Sign name={sign} />
      {placeText(release)}
    </span>
  );
}

export function VerdictMark({ release }: { readonly release: ReleaseView }) {
  return (
    <span class={`mark ${verdictTone(release)}`} title={release.verdict?.sentence}>
      <Sign name={verdictSign(release)} />
      {verdictText(release)}
    </span>
  );
}
