/** What the audit of a release says was done to Azure, in a form that can be compared. */
import type { AuditBody, AuditRow } from '../../../src/release/audit.ts';

/** One permission to call Azure once: a decided or claimed intent. */
export interface Claim {
  readonly releaseId: string;
  readonly sequence: number;
  readonly what: 'rules' | 'swap';
  /** Of our rule, for rules; 0 removes it. */
  readonly weight: number;
  readonly fromMs: number;
  readonly notAfterMs: number;
}

/** One thing that the audit says is so. */
export interface Confirmation {
  readonly releaseId: string;
  readonly sequence: number;
  readonly what: 'rules' | 'promoted' | 'swapped-back';
  readonly weight: number;
  readonly atMs: number;
}

/** An intent that the audit says is not pursued any more. */
export interface Dropped {
  readonly releaseId: string;
  readonly atMs: number;
}

export interface Told {
  readonly releaseId: string;
  readonly rows: readonly AuditBody[];
  readonly claims: readonly Claim[];
  readonly confirmations: readonly Confirmation[];
  readonly dropped: readonly Dropped[];
}

export function toldBy(releaseId: string, rows: readonly AuditRow[], claimMs: number): Told {
  const bodies = rows.map(({ body }) => JSON.parse(body) as AuditBody);
  return {
    releaseId,
    rows: bodies,
    claims: bodies.flatMap((body) => claimOf(body, claimMs)),
    confirmations: bodies.flatMap(confirmationOf),
    dropped: bodies
      .filter(({ action }) => action === 'intent-dropped')
      .map(({ at }) => ({ releaseId, atMs: Date.parse(at) })),
  };
}

const CLAIMING = ['intent-decided', 'intent-claimed', 'aftercare'];

function claimOf(body: AuditBody, claimMs: number): readonly Claim[] {
  if (!CLAIMING.includes(body.action)) return [];
  const { releaseId, sequence, message } = body;
  const fromMs = Date.parse(body.at);
  return [
    {
      ...{ releaseId, sequence, fromMs },
      what: message.startsWith('swap') ? 'swap' : 'rules',
      weight: body.weight.wanted,
      notAfterMs: fromMs + claimMs,
    },
  ];
}

function confirmationOf(body: AuditBody): readonly Confirmation[] {
  if (body.action !== 'intent-confirmed') return [];
  const { releaseId, sequence } = body;
  return [
    {
      ...{ releaseId, sequence, atMs: Date.parse(body.at) },
      what: confirmed(body),
      weight: body.weight.confirmed,
    },
  ];
}

function confirmed({ facts, message }: AuditBody): Confirmation['what'] {
  if (!('volumes' in facts)) return 'rules';
  return message.startsWith('swap back') ? 'swapped-back' : 'promoted';
}
