import type { Gate, GateKind } from '../release/gate.ts';
import type { Release } from '../release/release.ts';
import type { GateAnswer } from './contract/gate.ts';
import type { Links } from './links.ts';

interface GateState {
  readonly release: Release | undefined;
  readonly gate: Gate | undefined;
}

export function gateAnswer({ release, gate }: GateState, kind: GateKind, links: Links): GateAnswer {
  if (release === undefined || gate === undefined) {
    return {
      ...{ status: 'pending', for: kind, reason: 'not-started', release: null },
      message: 'no release has this key yet',
    };
  }
  const { id, version, stage } = release;
  return {
    ...{ status: gate.status, for: kind, reason: gate.reason, message: gate.message },
    release: {
      ...{ id, version, phase: stage.phase },
      links: links.ofRelease(release),
    },
  };
}
