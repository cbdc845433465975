/** Values that people and telemetry supply never change what a query means, says Microsoft's own parser. */
import fc from 'fast-check';

import {
  countQuery,
  probesQuery,
  versionsQuery,
} from '../../../src/adapters/log-analytics/queries.ts';
import { KqlAnalyser, type SyntaxNode } from '../../../src/local/log-analytics/kql/kusto-parser.ts';
import { TABLES } from '../../../src/local/log-analytics/schema.ts';
import { asked } from '../../adapters/log-analytics/asked.ts';
import { HOSTILE_TEXTS } from '../corpus.ts';
import { must, type Outcome, target } from '../engine.ts';
import { hostileText, spoilt } from '../hostile.ts';

const BUILDERS = { countQuery, versionsQuery, probesQuery };
type Builder = keyof typeof BUILDERS;

/** Every field that ends up in a query. */
const BENIGN = {
  site: 'value-site',
  slotHost: 'value-host',
  canary: 'value-canary',
  baseline: 'value-baseline',
  component: 'value-component',
  role: 'value-role',
};
type Values = typeof BENIGN;

function kqlOf(builder: Builder, { component, role, ...fields }: Values): string {
  const source = { workspaceId: undefined, component, role };
  return BUILDERS[builder](asked({ ...fields, source }));
}

const analyser = new KqlAnalyser(Object.values(TABLES));

interface Shape {
  /** Kinds of all nodes and tokens, nested as they are. */
  readonly tree: string;
  /** Values of the string literals, in order. */
  readonly literals: readonly string[];
}

function shapeOf(kql: string): Shape {
  const { statements, errors } = analyser.analyse(kql);
  must(
    errors.length === 0,
    `the parser complains: ${errors.map(({ message }) => message).join('; ')}`,
  );
  const literals: string[] = [];
  const treeOf = (node: SyntaxNode): string => {
    if (node.kind === 'StringLiteralExpression') literals.push(node.stringLiteral);
    return `${node.kind}(${node.children.map(treeOf).join()})`;
  };
  return { tree: statements.map(treeOf).join(';'), literals };
}

const shapes = new Map<Builder, Shape>();

function benignShape(builder: Builder): Shape {
  const known = shapes.get(builder) ?? shapeOf(kqlOf(builder, BENIGN));
  shapes.set(builder, known);
  return known;
}

function attempt([builder, values]: readonly [Builder, Values]): Outcome {
  const benign = benignShape(builder);
  const got = shapeOf(kqlOf(builder, values));
  must(got.tree === benign.tree, 'the query has another shape');
  const names = Object.keys(BENIGN) as (keyof Values)[];
  const wanted = benign.literals.map((literal) => {
    const name = names.find((one) => BENIGN[one] === literal);
    return name === undefined ? literal : values[name];
  });
  must(
    got.literals.every((literal, index) => literal === wanted[index]) &&
      got.literals.length === wanted.length,
    'a literal has another value than was put in',
  );
  return 'accepted';
}

const value = fc
  .oneof(hostileText, spoilt('2.4.0', 'shop-staging.example'))
  .map((text) => text.slice(0, 300));

export const kqlTargets = [
  target({
    name: 'kql-injection',
    share: 2,
    inputs: fc.tuple(
      fc.constantFrom(...(Object.keys(BUILDERS) as Builder[])),
      fc.record({
        site: value,
        slotHost: value,
        canary: value,
        baseline: value,
        component: value,
        role: value,
      }),
    ),
    examples: HOSTILE_TEXTS.map((text): [Builder, Values] => [
      'countQuery',
      { site: text, slotHost: text, canary: text, baseline: text, component: text, role: text },
    ]),
    attempt,
  }),
];
