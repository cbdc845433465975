import { compileExpression } from './compile-expression.ts';
import { KqlAnalyser } from './kusto-parser.ts';
import type { Analysis, BoundTable, KqlDiagnostic, SyntaxNode } from './kusto-parser.ts';
import { evaluateTabular } from './operators.ts';
import { badArgument, semanticError, unsupported } from './query-error.ts';
import { emptyScope, materialise } from './relation.ts';
import type { Binding, Environment, Relation } from './relation.ts';

/** Longest query taken; Kusto's own limit is 2 MB, and nobody here writes such. */
const MAX_QUERY_CHARS = 128 * 1024;

/** What one run of a query sees. */
export interface QueryInput {
  /** now() of the query, milliseconds since the epoch. */
  readonly nowMs: number;
  /** The rows of a table that this query may see. */
  readonly table: (name: string) => Relation | undefined;
}

/** Diagnostics that are about the text and not about what it means. */
const SYNTAX_CODES: ReadonlySet<string> = new Set(['KS176']);

function isSyntaxError(diagnostic: KqlDiagnostic): boolean {
  return /^KS0\d\d$/.test(diagnostic.code) || SYNTAX_CODES.has(diagnostic.code);
}

function lineAndColumn(query: string, offset: number): { line: number; pos: number } {
  const before = query.slice(0, offset).split('\n');
  return { line: before.length, pos: before.at(-1)?.length ?? 0 };
}

/** The SEM code Log Analytics has for the parser's own. */
function semanticCode(code: string): string {
  return code === 'KS211' ? 'SEM0260' : 'SEM0100';
}

function throwDiagnostic(query: string, diagnostic: KqlDiagnostic): never {
  const { line, pos } = lineAndColumn(query, diagnostic.start);
  const token = query.slice(diagnostic.start, diagnostic.start + diagnostic.length);
  const where = `(line ${String(line)}, position ${String(pos)}, ${diagnostic.code})`;
  if (!isSyntaxError(diagnostic)) {
    throw semanticError(semanticCode(diagnostic.code), `${diagnostic.message} ${where}`);
  }
  throw badArgument({
    code: 'SyntaxError',
    message: 'A recognition error occurred in the query.',
    innererror: {
      code: 'SYN0002',
      message: `Query could not be parsed at '${token}': ${diagnostic.message} ${where}`,
      line,
      pos,
    },
  });
}

function letBinding(node: SyntaxNode, environment: Environment): Binding {
  const expression = node.child('Expression');
  if (expression.kind === 'FunctionDeclaration') {
    throw unsupported('a function declared by let', expression.start);
  }
  if (expression.columns === undefined) {
    return { kind: 'scalar', expr: compileExpression(expression, emptyScope(environment)) };
  }
  let known: Relation | undefined;
  return {
    kind: 'tabular',
    relation: () => (known ??= evaluateTabular(expression, environment)),
  };
}

function evaluate(statements: readonly SyntaxNode[], environment: Environment): Relation {
  let result: Relation | undefined;
  for (const statement of statements) {
    if (statement.kind === 'LetStatement') {
      environment.lets.set(statement.child('Name').simpleName, letBinding(statement, environment));
    } else if (statement.kind !== 'ExpressionStatement') {
      throw unsupported(`the statement '${statement.keyword}'`, statement.start);
    } else if (result !== undefined) {
      throw unsupported('a second result in one query', statement.start);
    } else {
      result = evaluateTabular(statement.child('Expression'), environment);
    }
  }
  if (result === undefined) {
    throw badArgument({ code: 'SyntaxError', message: 'The query has no tabular expression.' });
  }
  return result;
}

/** Runs KQL: Microsoft's parser and binder, then this project's interpreter. */
export class QueryEngine {
  readonly #analyser: KqlAnalyser;

  constructor(tables: readonly BoundTable[]) {
    this.#analyser = new KqlAnalyser(tables);
  }

  /**
   * The result, computed into rows with one value a column.
   * Errors: QueryError 400 (syntax, semantics, or an operator that is not interpreted).
   */
  run(query: string, input: QueryInput): Relation {
    if (query.length > MAX_QUERY_CHARS) {
      throw badArgument({
        code: 'QueryTooLong',
        message: `The query has ${String(query.length)} characters, over the limit of ${String(MAX_QUERY_CHARS)}.`,
      });
    }
    const analysis: Analysis = this.#analyser.analyse(query);
    const [firstError] = analysis.errors;
    if (firstError !== undefined) {
      throwDiagnostic(query, firstError);
    }
    const environment: Environment = {
      nowMs: input.nowMs,
      lets: new Map(),
      table: input.table,
      tabular: (node) => evaluateTabular(node, environment),
    };
    return materialise(evaluate(analysis.statements, environment));
  }
}
