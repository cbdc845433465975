/** The plan's schema as it is published: with what each key means, for editors that show it. */
import { planSchema } from './plan-schema.ts';
import { planWords } from './plan-words.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Lists of schemas, each of which may stand for the same place in a plan. */
const BRANCHES = ['anyOf', 'oneOf', 'allOf'];

/** JSON Schema, draft 2020-12. docs/plan.schema.json is this; a test holds the two together. */
export function publishedPlanSchema(): Schema {
  return {
    title: 'Plan of a Slipway release',
    description: 'What a release will do: the name of a preset, or an object. See docs/plans.md.',
    ...described(planSchema(), ''),
  };
}

/** `analysis.metrics.kql[].name`: every key of a plan, as its schema has them. */
export function planPaths(): readonly string[] {
  const paths = new Set<string>();
  collect(planSchema(), '', paths);
  return [...paths];
}

function described(schema: Schema, path: string): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, inside(keyword, value, path)]),
  );
}

function inside(keyword: string, value: unknown, path: string): unknown {
  if (BRANCHES.includes(keyword) && Array.isArray(value)) {
    return value.map((branch: unknown) => (isSchema(branch) ? described(branch, path) : branch));
  }
  if (keyword === 'items' && isSchema(value)) return described(value, `${path}[]`);
  if (keyword !== 'properties' || !isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, property]) => {
      const at = below(path, key);
      const words = planWords(at);
      return [
        key,
        isSchema(property)
          ? { ...(words === undefined ? {} : { description: words }), ...described(property, at) }
          : property,
      ];
    }),
  );
}

function collect(schema: Schema, path: string, paths: Set<string>): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (BRANCHES.includes(keyword) && Array.isArray(value)) {
      for (const branch of value) if (isSchema(branch)) collect(branch, path, paths);
    } else if (keyword === 'items' && isSchema(value)) {
      collect(value, `${path}[]`, paths);
    } else if (keyword === 'properties' && isSchema(value)) {
      for (const [key, property] of Object.entries(value)) {
        paths.add(below(path, key));
        if (isSchema(property)) collect(property, below(path, key), paths);
      }
    }
  }
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
