import { KqlAnalyser } from '../../../src/local/log-analytics/kql/kusto-parser.ts';
import type { Analysis } from '../../../src/local/log-analytics/kql/kusto-parser.ts';
import { TABLES } from '../../../src/local/log-analytics/schema.ts';

const analyser = new KqlAnalyser(Object.values(TABLES));

/** What Microsoft's parser and binder say about a query over the tables of Application Insights. */
export function analyse(kql: string): Analysis {
  return analyser.analyse(kql);
}

/** The value of a string literal as Microsoft's parser reads it; an error of the parser throws. */
export function literalValue(literal: string): string {
  const { statements, errors } = analyse(`print Value = ${literal}`);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${error.code} ${error.message}`);
  const [statement, ...others] = statements;
  if (statement === undefined || others.length > 0) throw new Error('more than one statement');
  const [named, ...more] = statement.child('Expression').list('Expressions');
  if (named === undefined || more.length > 0) throw new Error('more than one value');
  return named.child('Expression').stringLiteral;
}
