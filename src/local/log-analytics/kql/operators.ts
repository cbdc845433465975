import { compileExpression } from './compile-expression.ts';
import { truthOf } from './comparisons.ts';
import { join } from './join.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { count, distinct, extend, pick, project, rename } from './projection.ts';
import { unsupported } from './query-error.ts';
import { scopeOf } from './relation.ts';
import type { Environment, Relation, Row } from './relation.ts';
import { order, take, top } from './sorting.ts';
import { ONE_ROW, datatable, range, union } from './sources.ts';
import { summarize } from './summarize.ts';

type Operator = (relation: Relation, node: SyntaxNode, environment: Environment) => Relation;

/** The parts of a condition that must all be true: `a and (b and c)` gives a, b and c. */
function conjuncts(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.kind) {
    case 'AndExpression':
      return [...conjuncts(node.child('Left')), ...conjuncts(node.child('Right'))];
    case 'ParenthesizedExpression':
      return conjuncts(node.child('Expression'));
    default:
      return [node];
  }
}

/**
 * A null condition drops the row, as false does; so it is enough that each part alone is true, and that
 * several `where` in a row are one: each by itself would copy what is left of the table.
 */
function where(
  relation: Relation,
  nodes: readonly SyntaxNode[],
  environment: Environment,
): Relation {
  const scope = scopeOf(relation, environment);
  const parts = nodes
    .flatMap((node) => conjuncts(node.child('Condition')))
    .map((part) => compileExpression(part, scope).read);
  const holds = (row: Row): boolean => {
    for (const read of parts) {
      const value = read(row);
      if (value !== true && truthOf(value) !== true) {
        return false;
      }
    }
    return true;
  };
  return { ...relation, rows: relation.rows.filter(holds) };
}

/** What may follow a pipe. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['FilterOperator', (relation, node, environment) => where(relation, [node], environment)],
  ['ExtendOperator', extend],
  ['ProjectOperator', project],
  ['ProjectAwayOperator', pick],
  ['ProjectKeepOperator', pick],
  ['ProjectReorderOperator', pick],
  ['ProjectRenameOperator', rename],
  ['SummarizeOperator', summarize],
  ['SortOperator', order],
  ['TopOperator', top],
  ['TakeOperator', take],
  ['DistinctOperator', distinct],
  ['CountOperator', count],
  ['JoinOperator', join],
  ['LookupOperator', join],
  ['UnionOperator', (relation, node, environment) => union(node, environment, relation)],
  // `serialize` orders rows that are in order already, `render` is the client's business.
  ['SerializeOperator', (relation) => relation],
  ['RenderOperator', (relation) => relation],
]);

function named(node: SyntaxNode, environment: Environment): Relation {
  const name = node.simpleName;
  const binding = environment.lets.get(name);
  const relation = binding?.kind === 'tabular' ? binding.relation() : environment.table(name);
  if (relation === undefined) {
    throw unsupported(`the table expression '${name}'`, node.start);
  }
  return relation;
}

/** All `where` that follow each other, at once. @param after those behind `node`, in order */
function filtered(
  node: SyntaxNode,
  after: readonly SyntaxNode[],
  environment: Environment,
): Relation {
  if (node.kind === 'PipeExpression' && node.child('Operator').kind === 'FilterOperator') {
    const before = [node.child('Operator'), ...after];
    return filtered(node.child('Expression'), before, environment);
  }
  return where(evaluateTabular(node, environment), after, environment);
}

/**
 * Evaluates a tabular expression.
 * Errors: QueryError 400 that names the operator or function that is not interpreted.
 */
export function evaluateTabular(node: SyntaxNode, environment: Environment): Relation {
  switch (node.kind) {
    case 'PipeExpression': {
      const operator = node.child('Operator');
      const run = OPERATORS.get(operator.kind);
      if (run === undefined) {
        throw unsupported(`the operator '${operator.keyword}'`, operator.start);
      }
      const input = node.child('Expression');
      if (operator.kind === 'FilterOperator') return filtered(input, [operator], environment);
      return run(evaluateTabular(input, environment), operator, environment);
    }
    case 'NameReference':
      return named(node, environment);
    case 'ParenthesizedExpression':
    case 'MaterializeExpression':
      return evaluateTabular(node.child('Expression'), environment);
    case 'PrintOperator':
      return project(ONE_ROW, node, environment);
    case 'DataTableExpression':
      return datatable(node, environment);
    case 'RangeOperator':
      return range(node, environment);
    case 'UnionOperator':
      return union(node, environment);
    default:
      throw unsupported(`the expression '${node.text}' (${node.kind}) as a table`, node.start);
  }
}
