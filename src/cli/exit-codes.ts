/** Exit codes of every command. `unknown`: it could not be told. */
export const EXIT = { good: 0, bad: 1, usage: 2, unknown: 3 } as const;
