/** Deeper than anything of ours. JSON.parse reads any depth, JSON.stringify overflows at some thousands. */
const LEVELS_MAX = 100;

/** JSON text of a value that anybody may have sent; what is nested too deeply is left out. Never throws. */
export function boundedJson(value: unknown): string {
  return JSON.stringify(shallow(value ?? null, LEVELS_MAX));
}

function shallow(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => shallow(item, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, shallow(item, levels - 1)]),
  );
}
