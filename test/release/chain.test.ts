import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditBody, AuditRow } from '../../src/release/audit.ts';
import { CHAIN_START, sealRow, verifyChain } from '../../src/release/chain.ts';
import { NOW } from '../support/release-samples.ts';

const ID = 'aaaaaaaaaaaaaaaaaaaa-0000000000000000001';

function bodyAt(sequence: number): AuditBody {
  return {
    releaseId: ID,
    sequence,
    at: new Date(NOW + sequence * 1_000).toISOString(),
    action: 'phase-changed',
    actor: { kind: 'system', name: 'slipway', objectId: undefined },
    from: `stage ${sequence - 1}`,
    to: `stage ${sequence}`,
    reason: 'baking',
    message: `"quoted", ünïcode and a line\nbreak ${sequence}`,
    weight: { confirmed: 5, wanted: 25, share: 5 },
    facts: { number: sequence / 3 },
  };
}

function chainOf(length: number): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1) {
    rows.push(sealRow(bodyAt(sequence), rows.at(-1)?.hash ?? CHAIN_START));
  }
  return rows;
}

function check(rows: readonly AuditRow[], untouched: readonly AuditRow[]) {
  const head = untouched.at(-1)?.hash ?? CHAIN_START;
  return verifyChain(rows, { releaseId: ID, sequence: untouched.length, head });
}

const place = fc
  .integer({ min: 1, max: 12 })
  .chain((length) => fc.tuple(fc.constant(length), fc.integer({ min: 0, max: length - 1 })));

function with_(rows: readonly AuditRow[], index: number, patch: Partial<AuditRow>): AuditRow[] {
  return rows.map((row, at) => (at === index ? { ...row, ...patch } : row));
}

describe('the audit chain', () => {
  it('of any length verifies, and so does the empty one', () => {
    for (const length of [0, 1, 2, 40]) {
      const rows = chainOf(length);
      expect(check(rows, rows)).toEqual({
        ok: true,
        rows: length,
        head: rows.at(-1)?.hash ?? CHAIN_START,
      });
    }
  });

  it('survives a JSON round trip of its rows', () => {
    const rows = chainOf(5);
    expect(check(JSON.parse(JSON.stringify(rows)) as AuditRow[], rows).ok).toBe(true);
  });

  it('names the row of which any one character of the body was changed', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat({ max: 0xffff }), ([length, index], at, code) => {
        const rows = chainOf(length);
        const body = rows[index]?.body ?? '';
        const cut = at % body.length;
        const character = String.fromCharCode(code);
        fc.pre(character !== body[cut]);
        const edited = body.slice(0, cut) + character + body.slice(cut + 1);
        // A lone surrogate becomes U+FFFD in UTF-8, and so does U+FFFD itself.
        fc.pre(!/[\ud800-\udfff]/.test(character));
        expect(check(with_(rows, index, { body: edited }), rows)).toMatchObject({
          ok: false,
          sequence: index + 1,
        });
      }),
    );
  });

  it.each([
    ['hash', { hash: 'f'.repeat(64) }],
    ['prevHash', { prevHash: 'f'.repeat(64) }],
    ['sequence', { sequence: 99 }],
    ['releaseId', { releaseId: 'aaaaaaaaaaaaaaaaaaaa-0000000000000000002' }],
    ['at', { at: NOW - 1 }],
    ['at (no time)', { at: Number.NaN }],
  ] as const)('names the row whose column %s was changed', (_column, patch) => {
    fc.assert(
      fc.property(place, ([length, index]) => {
        const rows = chainOf(length);
        expect(check(with_(rows, index, patch), rows)).toMatchObject({
          ok: false,
          sequence: index + 1,
        });
      }),
    );
  });

  it('names the first missing row, wherever rows were cut out', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 4 }), ([length, index], cut) => {
        const rows = chainOf(length);
        const kept = [...rows.slice(0, index), ...rows.slice(index + cut)];
        expect(check(kept, rows)).toMatchObject({ ok: false, sequence: index + 1 });
      }),
    );
  });

  it('names the first of rows that changed places, were doubled or added', () => {
    fc.assert(
      fc.property(place, place, ([length, a], [, b]) => {
        fc.pre(a < b && b < length);
        const rows = chainOf(length);
        const [first, second] = [rows[a], rows[b]];
        if (first === undefined || second === undefined) throw new Error('no rows');
        const swapped = rows.map((row, at) => (at === a ? second : at === b ? first : row));
        expect(check(swapped, rows)).toMatchObject({ ok: false, sequence: a + 1 });
        const doubled = [...rows.slice(0, b), first, ...rows.slice(b)];
        expect(check(doubled, rows)).toMatchObject({ ok: false, sequence: b + 1 });
      }),
    );
    const rows = chainOf(3);
    const longer = chainOf(4);
    expect(check(longer, rows)).toMatchObject({ ok: false, sequence: 4 });
  });

  it('that was sealed anew from some row on is found by the head of the release', () => {
    const rows = chainOf(4);
    const forged = rows.slice(0, 2);
    for (let sequence = 3; sequence <= 4; sequence += 1) {
      const body: AuditBody = { ...bodyAt(sequence), message: 'it never happened' };
      forged.push(sealRow(body, forged.at(-1)?.hash ?? CHAIN_START));
    }
    const answer = check(forged, rows);
    expect(answer).toMatchObject({ ok: false, sequence: 4 });
    if (!answer.ok) expect(answer.problem).toContain('head');
  });

  it('with one forged body and its own hash breaks at the next row', () => {
    const rows = chainOf(4);
    const prev = rows[0]?.hash ?? '';
    const body: AuditBody = { ...bodyAt(2), message: 'forged' };
    const forged = sealRow(body, prev);
    expect(check(with_(rows, 1, forged), rows)).toMatchObject({ ok: false, sequence: 3 });
  });

  it('of another release is refused, whole as it is', () => {
    const rows = chainOf(2);
    const head = rows.at(-1)?.hash ?? '';
    const answer = verifyChain(rows, { releaseId: 'other', sequence: 2, head });
    expect(answer).toMatchObject({ ok: false, sequence: 1 });
  });

  it('whose body got half a surrogate pair for U+FFFD, which hashes alike, is refused', () => {
    const body: AuditBody = { ...bodyAt(1), message: 'a \ufffd was here' };
    const row = sealRow(body, CHAIN_START);
    const edited = { ...row, body: row.body.replace('\ufffd', '\ud800') };
    expect(check([edited], [row])).toMatchObject({ ok: false, sequence: 1 });
    expect(check([row], [row]).ok).toBe(true);
  });

  it.each([
    ['at its row', { sequence: 3 }, true],
    ['at whatever row', { sequence: undefined }, true],
    ['at another row', { sequence: 4 }, false],
    ['after the end', { sequence: 99 }, false],
  ] as const)('goes through an earlier head: %s', (_where, { sequence }, ok) => {
    const rows = chainOf(6);
    const anchor = { head: rows[2]?.hash ?? '', sequence };
    const expected = { releaseId: ID, sequence: 6, head: rows[5]?.hash ?? '' };
    expect(verifyChain(rows, expected, anchor).ok).toBe(ok);
  });

  it('that was rewritten whole, release row and all, is found by any anchored head', () => {
    fc.assert(
      fc.property(place, fc.nat(), ([length, anchored], from) => {
        const rows = chainOf(length);
        const first = from % (anchored + 1);
        const forged = rows.slice(0, first);
        for (let sequence = first + 1; sequence <= length; sequence += 1) {
          const body: AuditBody = { ...bodyAt(sequence), message: 'it never happened' };
          forged.push(sealRow(body, forged.at(-1)?.hash ?? CHAIN_START));
        }
        const expected = { releaseId: ID, sequence: length, head: forged.at(-1)?.hash ?? '' };
        const head = rows[anchored]?.hash ?? '';
        expect(verifyChain(forged, expected).ok).toBe(true);
        for (const sequence of [anchored + 1, undefined]) {
          expect(verifyChain(forged, expected, { head, sequence }).ok).toBe(false);
        }
      }),
    );
  });
});
