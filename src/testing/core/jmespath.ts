/** Evaluates an expression. A missing value is `null`. */
export type Expression = (value: unknown) => unknown;

type TokenType = "name" | "literal" | "symbol" | "end";

interface Token {
  readonly type: TokenType;
  readonly value: unknown;
}

const MAX_LENGTH = 4096;
const SYMBOLS = [
  "&&",
  "||",
  "==",
  "!=",
  "<=",
  ">=",
  "<",
  ">",
  "!",
  "(",
  ")",
  ".",
  "[",
  "]",
  ",",
  "@",
];
const COMPARISONS = new Set<unknown>(["==", "!=", "<", "<=", ">", ">="]);

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  contains: (whole, part) =>
    typeof whole === "string"
      ? whole.includes(String(part))
      : Array.isArray(whole) && whole.some((item) => equal(item, part)),
  starts_with: (text, start) => typeof text === "string" && text.startsWith(String(start)),
  ends_with: (text, end) => typeof text === "string" && text.endsWith(String(end)),
  length: (value) => typeof value === "string" || Array.isArray(value) ? value.length : null,
  type: (value) => value === null ? "null" : Array.isArray(value) ? "array" : typeof value,
  to_number: (value) => Number.isFinite(Number(value)) ? Number(value) : null,
  to_string: (value) => typeof value === "string" ? value : JSON.stringify(value),
};

/**
 * Compiles the part of JMESPath that filters use: paths, indexes, literals, comparisons, `&&`, `||`, `!`, and some
 * functions.
 *
 * @throws {SyntaxError} If the expression is not valid.
 */
export function compileJmespath(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new SyntaxError("The expression is too long");
  const parser = new Parser(tokenize(text));
  const expression = parser.or();
  parser.expectEnd();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  or(): Expression {
    if (++this.#depth > 100) throw new SyntaxError("The expression is nested too deeply");
    let left = this.#and();
    while (this.#take("||")) {
      const a = left;
      const b = this.#and();
      left = (value) => {
        const first = a(value);
        return isTruthy(first) ? first : b(value);
      };
    }
    this.#depth--;
    return left;
  }

  expectEnd(): void {
    if (this.#peek().type !== "end") throw unexpected(this.#peek());
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#take("&&")) {
      const a = left;
      const b = this.#not();
      left = (value) => {
        const first = a(value);
        return isTruthy(first) ? b(value) : first;
      };
    }
    return left;
  }

  #not(): Expression {
    let negations = 0;
    while (this.#take("!")) negations++;
    const inner = this.#comparison();
    if (negations === 0) return inner;
    return (value) => isTruthy(inner(value)) === (negations % 2 === 0);
  }

  #comparison(): Expression {
    const left = this.#path();
    const { type, value: operator } = this.#peek();
    if (type !== "symbol" || !COMPARISONS.has(operator)) return left;
    this.#at++;
    const right = this.#path();
    return (value) => compare(operator as string, left(value), right(value));
  }

  #path(): Expression {
    let expression = this.#primary();
    for (;;) {
      const inner = expression;
      if (this.#take(".")) {
        const name = this.#name();
        expression = (value) => member(inner(value), name);
      } else if (this.#take("[")) {
        const { type, value: index } = this.#next();
        if (type !== "literal" || typeof index !== "number") {
          throw unexpected({ type, value: index });
        }
        this.#expect("]");
        expression = (value) => {
          const list = inner(value);
          return Array.isArray(list) ? list.at(index) ?? null : null;
        };
      } else return expression;
    }
  }

  #primary(): Expression {
    const token = this.#next();
    if (token.type === "literal") return () => token.value;
    if (token.type === "name") {
      const name = token.value as string;
      return this.#take("(") ? this.#call(name) : (value) => member(value, name);
    }
    if (token.value === "@") return (value) => value;
    if (token.value !== "(") throw unexpected(token);
    const inner = this.or();
    this.#expect(")");
    return inner;
  }

  #call(name: string): Expression {
    const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (apply === undefined) throw new SyntaxError(`The function ${name} is not known`);
    const args: Expression[] = [];
    while (!this.#take(")")) {
      if (args.length > 0) this.#expect(",");
      args.push(this.or());
    }
    return (value) => apply(...args.map((arg) => arg(value)));
  }

  #name(): string {
    const token = this.#next();
    if (token.type !== "name") throw unexpected(token);
    return token.value as string;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.type === "end") throw unexpected(token);
    this.#at++;
    return token;
  }

  #take(symbol: string): boolean {
    const { type, value } = this.#peek();
    if (type !== "symbol" || value !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw unexpected(this.#peek());
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const { token, length } = readToken(rest);
    tokens.push(token);
    rest = rest.slice(length).trimStart();
  }
  return [...tokens, { type: "end", value: "the end" }];
}

function readToken(text: string): { token: Token; length: number } {
  const name = /^[A-Za-z_]\w*/.exec(text);
  if (name) return { token: { type: "name", value: name[0] }, length: name[0].length };
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text);
  if (quoted) {
    return { token: { type: "name", value: JSON.parse(quoted[0]) }, length: quoted[0].length };
  }
  const raw = /^'((?:[^'\\]|\\.)*)'/.exec(text);
  if (raw) {
    const value = raw[1]!.replace(/\\(['\\])/g, "$1");
    return { token: { type: "literal", value }, length: raw[0].length };
  }
  const json = /^`((?:[^`\\]|\\.)*)`/.exec(text);
  if (json) {
    return { token: { type: "literal", value: readLiteral(json[1]!) }, length: json[0].length };
  }
  const number = /^-?\d+/.exec(text);
  if (number) {
    return { token: { type: "literal", value: Number(number[0]) }, length: number[0].length };
  }
  const symbol = SYMBOLS.find((symbol) => text.startsWith(symbol));
  if (symbol) return { token: { type: "symbol", value: symbol }, length: symbol.length };
  throw new SyntaxError(`Unexpected ${JSON.stringify(text[0])}`);
}

/** A literal is JSON. Text without quotes is accepted, too, as in old versions of JMESPath. */
function readLiteral(text: string): unknown {
  const json = text.replaceAll("\\`", "`");
  try {
    return JSON.parse(json);
  } catch {
    return json.trimStart();
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name] ?? null
    : null;
}

/** Values that JMESPath counts as true: all except `false`, `null` and empty ones. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function compare(operator: string, a: unknown, b: unknown): boolean | null {
  if (operator === "==") return equal(a, b);
  if (operator === "!=") return !equal(a, b);
  if (typeof a !== "number" || typeof b !== "number") return null;
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function unexpected({ value }: Token): SyntaxError {
  return new SyntaxError(`Unexpected ${String(value)}`);
}
