import { refuse } from './store-failure.ts';

const RELEASE_ID = /^([0-9a-f]{20})-[0-9a-f]{19}$/;
/** Row keys are at most 1 KiB and hold none of these (azure.md 5). */

const FORBIDDEN_IN_KEY = /[/\\#?\u0000-\u001f\u007f-\u009f]/;
const KEY_CHARS_MAX = 500;

export const APP_ROW = 'app';

/** Sorts before every row of the release and its plan; all of them sort before its audit. */
export const releaseRow = (releaseId: string): string => `${releaseId}:0`;
export const planRow = (releaseId: string): string => `${releaseId}:1plan`;
export const binsRow = (releaseId: string, chunk: number): string =>
  `${releaseId}:2bins:${padded(chunk, 5)}`;
/** End of the range that a tick reads: everything of the release but its audit. */
export const endOfState = (releaseId: string): string => `${releaseId}:3`;
export const auditRow = (releaseId: string, sequence: number): string =>
  `${releaseId}:3audit:${padded(sequence, 8)}`;
/** After every audit row: ";" follows ":". */
export const endOfAudit = (releaseId: string): string => `${releaseId}:3audit;`;
export const startRow = (keyHash: string): string => checkedKey(`start:${keyHash}`);

/** The partition of a release, which its id begins with; undefined when this is no release id. */
export function partitionOf(releaseId: string): string | undefined {
  return RELEASE_ID.exec(releaseId)?.[1];
}

/** Sorts newest first: 15 digits, good until the year 33658. */
export function invertedTime(atMs: number): string {
  return padded(999_999_999_999_999 - Math.floor(atMs), 15);
}

/** @throws StoreFailure when Azure Tables could not hold the key. */
export function checkedKey(key: string): string {
  if (key.length > KEY_CHARS_MAX || FORBIDDEN_IN_KEY.test(key)) {
    refuse(
      `"${key.slice(0, 80)}" cannot be a row key: at most ${KEY_CHARS_MAX} characters, none of / \\ # ? and no control characters`,
    );
  }
  return key;
}

function padded(value: number, digits: number): string {
  const text = String(value).padStart(digits, '0');
  if (!Number.isSafeInteger(value) || value < 0 || text.length > digits) {
    refuse(`${value} cannot stand in a row key: whole numbers of at most ${digits} digits only`);
  }
  return text;
}
