/** Who the reader says to be, for as long as this tab lives; and choices of looks, which outlive it. */

const KEY = 'slipway-key';
const NAME = 'slipway-name';

export interface Given {
  readonly key: string;
  readonly name: string;
}

export function givenKey(): Given | undefined {
  const key = sessionStorage.getItem(KEY);
  return key === null ? undefined : { key, name: sessionStorage.getItem(NAME) ?? '' };
}

export function keepKey({ key, name }: Given): void {
  sessionStorage.setItem(KEY, key);
  sessionStorage.setItem(NAME, name);
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(NAME);
}

/** Storage can be switched off: the choice then lasts as long as the page. */
export function readChoice(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepChoice(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}
