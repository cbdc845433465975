import { createRequire } from 'node:module';
import type { KqlType } from './values.ts';

/**
 * A typed window on Microsoft's own parser and binder, which is JavaScript transpiled from C# and has
 * no types worth importing. Everything read from it is checked here; nothing else touches it.
 * It loads on first use: about 0.3 s and 120-160 MB (azure.md section 10).
 */

/** A column as the binder sees it. `type` may be a name that is no scalar type, such as `unknown`. */
export interface BoundColumn {
  readonly name: string;
  readonly type: string;
}

/** One complaint of severity Error. Positions are characters from the start of the query. */
export interface KqlDiagnostic {
  /** The parser's own number, for example KS142. */
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly length: number;
}

/** What the parser and binder say about one query. */
export interface Analysis {
  readonly statements: readonly SyntaxNode[];
  readonly errors: readonly KqlDiagnostic[];
}

/** A table that queries may name. */
export interface BoundTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
}

/** The parser answered with a shape that this window does not know: our bug, or another version. */
export class ParserShapeError extends Error {
  override readonly name = 'ParserShapeError';
  readonly code = 'parser-shape';
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' || typeof value === 'function') && value !== null;
}

function read(target: object, name: string): unknown {
  return Reflect.get(target, name);
}

function readObject(target: object, ...path: readonly string[]): object {
  let current = target;
  for (const name of path) {
    const next = read(current, name);
    if (!isObject(next)) {
      throw new ParserShapeError(`The KQL parser has no '${name}' where one was expected.`);
    }
    current = next;
  }
  return current;
}

function readText(target: object, name: string): string {
  const value = read(target, name);
  if (typeof value !== 'string') {
    throw new ParserShapeError(`The KQL parser's '${name}' is no text.`);
  }
  return value;
}

function readNumber(target: object, name: string): number {
  const value = read(target, name);
  if (typeof value !== 'number') {
    throw new ParserShapeError(`The KQL parser's '${name}' is no number.`);
  }
  return value;
}

function call(target: object, name: string, ...args: readonly unknown[]): unknown {
  const method = read(target, name);
  if (typeof method !== 'function') {
    throw new ParserShapeError(`The KQL parser has no method '${name}'.`);
  }
  return Reflect.apply(method, target, args);
}

function callObject(target: object, name: string, ...args: readonly unknown[]): object {
  const value = call(target, name, ...args);
  if (!isObject(value)) {
    throw new ParserShapeError(`The KQL parser's '${name}' gave nothing.`);
  }
  return value;
}

function construct(namespace: object, name: string, ...args: readonly unknown[]): object {
  const constructor = read(namespace, name);
  if (typeof constructor !== 'function') {
    throw new ParserShapeError(`The KQL parser has no constructor '${name}'.`);
  }
  const made: unknown = Reflect.construct(constructor, args);
  if (!isObject(made)) {
    throw new ParserShapeError(`The KQL parser's '${name}' made nothing.`);
  }
  return made;
}

function listOf(list: object): readonly object[] {
  return Array.from({ length: readNumber(list, 'Count') }, (_, index) =>
    callObject(list, 'getItem', index),
  );
}

/** One node of the bound syntax tree. Kinds and child names are those of Kusto.Language.Syntax. */
export class SyntaxNode {
  readonly #raw: object;
  readonly #kinds: ReadonlyMap<number, string>;
  readonly kind: string;

  constructor(raw: object, kinds: ReadonlyMap<number, string>) {
    this.#raw = raw;
    this.#kinds = kinds;
    this.kind = kinds.get(readNumber(raw, 'Kind')) ?? 'None';
  }

  /** The child of that name; its absence is a ParserShapeError. */
  child(name: string): SyntaxNode {
    return new SyntaxNode(readObject(this.#raw, name), this.#kinds);
  }

  optionalChild(name: string): SyntaxNode | undefined {
    const value = read(this.#raw, name);
    return isObject(value) ? new SyntaxNode(value, this.#kinds) : undefined;
  }

  /** The elements of a list child, separators removed. */
  list(name: string): readonly SyntaxNode[] {
    const list = readObject(this.#raw, name);
    return Array.from({ length: readNumber(list, 'ChildCount') }, (_, index) => {
      const item = new SyntaxNode(callObject(list, 'GetChild', index), this.#kinds);
      return item.kind === 'SeparatedElement'
        ? new SyntaxNode(callObject(item.#raw, 'GetChild', 0), this.#kinds)
        : item;
    });
  }

  /** Everything below it, tokens included; what a grammar leaves out is left out. */
  get children(): readonly SyntaxNode[] {
    return Array.from({ length: readNumber(this.#raw, 'ChildCount') }, (_, index) =>
      call(this.#raw, 'GetChild', index),
    ).flatMap((child) => (isObject(child) ? [new SyntaxNode(child, this.#kinds)] : []));
  }

  /** The source text without the blanks and comments before it. */
  get text(): string {
    const text = call(this.#raw, 'ToString');
    return typeof text === 'string' ? text.trim() : '';
  }

  /** The first token's text, the word that an operator or statement begins with. */
  get keyword(): string {
    return new SyntaxNode(callObject(this.#raw, 'GetChild', 0), this.#kinds).text;
  }

  /** First character in the query. */
  get start(): number {
    return readNumber(this.#raw, 'TextStart');
  }

  /** The plain name of a name reference or declaration, brackets and quotes removed. */
  get simpleName(): string {
    return readText(this.#raw, 'SimpleName');
  }

  /** The value of a string literal, escapes resolved. */
  get stringLiteral(): string {
    return readText(this.#raw, 'LiteralValue');
  }

  /** Name of the scalar type the binder gave, undefined for tables and for what has none. */
  get scalarType(): string | undefined {
    const type = read(this.#raw, 'ResultType');
    return isObject(type) && !isObject(read(type, 'Columns')) ? readText(type, 'Name') : undefined;
  }

  /** The columns of a tabular result, undefined for scalars. */
  get columns(): readonly BoundColumn[] | undefined {
    const type = read(this.#raw, 'ResultType');
    const columns = isObject(type) ? read(type, 'Columns') : undefined;
    if (!isObject(columns)) {
      return undefined;
    }
    return listOf(columns).map((column) => ({
      name: readText(column, 'Name'),
      type: readText(readObject(column, 'Type'), 'Name'),
    }));
  }
}

interface Parser {
  readonly language: object;
  readonly kinds: ReadonlyMap<number, string>;
}

let parser: Parser | undefined;

function loadParser(): Parser {
  if (parser === undefined) {
    const require = createRequire(import.meta.url);
    // `main` alone fails: the bridge must be there first, and both set globals (azure.md section 10).
    require('@kusto/language-service-next/bridge.min.js');
    require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
    const language = readObject(globalThis, 'Kusto', 'Language');
    const kinds = new Map<number, string>();
    for (const [name, value] of Object.entries(readObject(language, 'Syntax', 'SyntaxKind'))) {
      if (typeof value === 'number') {
        kinds.set(value, name);
      }
    }
    parser = { language, kinds };
  }
  return parser;
}

const MAX_CACHED_ANALYSES = 100;

/** Parses and binds queries over a fixed set of tables; the last analyses are remembered by text. */
export class KqlAnalyser {
  readonly #tables: readonly BoundTable[];
  #globals: object | undefined;
  readonly #cache = new Map<string, Analysis>();

  constructor(tables: readonly BoundTable[]) {
    this.#tables = tables;
  }

  analyse(query: string): Analysis {
    const known = this.#cache.get(query);
    if (known !== undefined) {
      // Re-inserted, so that the map's order is the order of last use.
      this.#cache.delete(query);
      this.#cache.set(query, known);
      return known;
    }
    const analysis = this.#parse(query);
    this.#cache.set(query, analysis);
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > MAX_CACHED_ANALYSES && oldest.done !== true) {
      this.#cache.delete(oldest.value);
    }
    return analysis;
  }

  #parse(query: string): Analysis {
    const { language, kinds } = loadParser();
    this.#globals ??= globalsOf(language, this.#tables);
    const code = callObject(
      readObject(language, 'KustoCode'),
      'ParseAndAnalyze',
      query,
      this.#globals,
    );
    const errors = listOf(callObject(code, 'GetDiagnostics'))
      .filter((diagnostic) => readText(diagnostic, 'Severity') === 'Error')
      .map((diagnostic) => ({
        code: readText(diagnostic, 'Code'),
        message: readText(diagnostic, 'Message'),
        start: readNumber(diagnostic, 'Start'),
        length: readNumber(diagnostic, 'Length'),
      }));
    const root = new SyntaxNode(readObject(code, 'Syntax'), kinds);
    return { statements: root.kind === 'QueryBlock' ? root.list('Statements') : [], errors };
  }
}

function globalsOf(language: object, tables: readonly BoundTable[]): object {
  const symbols = readObject(language, 'Symbols');
  const bound = tables.map((table) => {
    const columns = table.columns.map((column) => `${column.name}: ${column.type}`).join(', ');
    return construct(
      readObject(symbols, 'TableSymbol'),
      '$ctor7',
      table.name,
      `(${columns})`,
      null,
    );
  });
  const database = construct(readObject(symbols, 'DatabaseSymbol'), 'ctor', 'workspace', bound);
  return callObject(readObject(language, 'GlobalState', 'Default'), 'WithDatabase', database);
}
