/**
 * The page of all errors that the module itself raises, read from the source by TypeScript's own parser.
 *
 * @module
 */
import { ErrorCode } from "../../../src/error_codes.ts";
import ts from "typescript";

const ROOT = new URL("../../../", import.meta.url);
const START = "<!-- errors -->";
const END = "<!-- end -->";

/** The pages of the codes. */
const CODE_PAGE = "https://help.ably.io/error/";

/** Folders whose errors users do not meet as errors of the module: the local service imitates those of Ably. */
const LEFT_OUT = ["src/testing/"];

/** A function that makes an error of its arguments. */
interface Maker {
  /** The arguments for these, as expressions of its own or as indices of its parameters. */
  readonly code: ts.Expression | number | undefined;
  readonly message: ts.Expression | number | undefined;
  readonly remedy: ts.Expression | number | undefined;
  /** The parameters. */
  readonly params: readonly ts.ParameterDeclaration[];
}

interface Raised {
  readonly code: number;
  readonly message: string;
  readonly remedy: string;
}

/** Writes the tables of a page anew. */
export function withErrors(page: string): string {
  const [before = "", rest = ""] = page.split(START);
  const after = rest.slice(rest.indexOf(END));
  return `${before}${START}\n\n${tables()}\n${after}`;
}

/** A page without the white space and the dashes that align its tables. */
export function withoutAlignment(page: string): string {
  return page.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---").replace(/\n{2,}/g, "\n\n");
}

function tables(): string {
  const { names, whens } = codes();
  const raised = new ErrorReader(names).read();
  const byCode = Map.groupBy(raised, ({ code }) => code);
  return [...byCode].sort(([a], [b]) => a - b).map(([code, errors]) => {
    const name = [...names].find(([, value]) => value === code)?.[0];
    const rows = [...new Set(errors.map(({ message, remedy }) => `| ${message} | ${remedy} |`))];
    return [
      `## ${code}`,
      "",
      `\`ErrorCode.${name}\`. ${whens.get(code) ?? ""} [Ably's page](${CODE_PAGE}${code})`,
      "",
      "| message | what to do |",
      "| --- | --- |",
      ...rows.sort(),
      "",
    ].join("\n");
  }).join("\n");
}

function parse(path: string): ts.SourceFile {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** The codes by name, and what the comments say about them. */
function codes(): { names: Map<string, number>; whens: Map<number, string> } {
  const names = new Map<string, number>();
  const whens = new Map<number, string>();
  visit(parse("src/error_codes.ts"), (node) => {
    if (!ts.isPropertyAssignment(node)) return;
    const name = node.name.getText() as keyof typeof ErrorCode;
    const code = ErrorCode[name];
    names.set(name, code);
    const [comment] = ts.getJSDocCommentsAndTags(node);
    const text = comment && ts.isJSDoc(comment) ? ts.getTextOfJSDocComment(comment.comment) : "";
    whens.set(code, (text ?? "").replace(/\s+/g, " "));
  });
  return { names, whens };
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
}

/** Functions that only remove secrets or control characters from a text. */
const KEEPS_TEXT: readonly string[] = ["redact", "printable"];

/** Reads the errors of all files. */
class ErrorReader {
  readonly #codes: Map<string, number>;
  readonly #files: readonly ts.SourceFile[];
  /** Constants with text or a number, by name. A name that is used twice is only known in its own file. */
  readonly #constants = new Map<string, ts.Expression>();
  /** The results of functions that only return a text. */
  readonly #results = new Map<string, ts.Expression>();
  /** By file and name for those of one file, by name for those that are exported. */
  readonly #makers = new Map<string, Maker>();

  constructor(codes: Map<string, number>) {
    this.#codes = codes;
    this.#files = [...sourceFiles("src/")].filter((path) =>
      !LEFT_OUT.some((folder) => path.startsWith(folder))
    ).map(parse);
  }

  read(): Raised[] {
    for (const file of this.#files) this.#readConstants(file);
    // A function that makes errors may call another one: read until nothing is found any more.
    for (let before = -1; before !== this.#makers.size;) {
      before = this.#makers.size;
      for (const file of this.#files) this.#readMakers(file);
    }
    return this.#files.flatMap((file) => this.#errorsOf(file));
  }

  #readConstants(file: ts.SourceFile): void {
    visit(file, (node) => {
      if (ts.isFunctionDeclaration(node) && isExported(node)) {
        const [only, ...others] = node.body?.statements ?? [];
        const result = only && ts.isReturnStatement(only) ? only.expression : undefined;
        if (others.length === 0 && result && ts.isTemplateExpression(result)) {
          this.#results.set(node.name!.text, result);
        }
      }
      if (!ts.isVariableDeclaration(node) || !node.initializer) return;
      if (!ts.isIdentifier(node.name)) return;
      this.#constants.set(`${file.fileName}:${node.name.text}`, node.initializer);
      const list = node.parent.parent;
      if (ts.isVariableStatement(list) && isExported(list)) {
        this.#constants.set(node.name.text, node.initializer);
      }
    });
  }

  #readMakers(file: ts.SourceFile): void {
    visit(file, (node) => {
      if (!ts.isFunctionDeclaration(node) || !node.name || !node.body) return;
      const name = isExported(node) ? node.name.text : `${file.fileName}:${node.name.text}`;
      if (this.#makers.has(name)) return;
      visit(node.body, (inner) => {
        const call = this.#callOf(inner);
        const message = call && this.#resolved(call.message, node);
        if (call && typeof message === "number") {
          this.#makers.set(name, {
            code: this.#resolved(call.code, node),
            message,
            remedy: this.#resolved(call.remedy, node),
            params: [...node.parameters],
          });
        }
      });
    });
  }

  /** An expression as it is or, if it is a parameter of the function, as its index. */
  #resolved(
    given: ts.Expression | undefined,
    { parameters }: ts.FunctionDeclaration,
  ): ts.Expression | number | undefined {
    if (given === undefined || !ts.isIdentifier(given)) return given;
    const index = parameters.findIndex(({ name }) => name.getText() === given.text);
    return index < 0 ? given : index;
  }

  /** The parts of an error, where a node makes one. */
  #callOf(
    node: ts.Node,
  ): { code?: ts.Expression; message?: ts.Expression; remedy?: ts.Expression } | undefined {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
    const { text } = node.expression;
    const [first, second, third] = node.arguments;
    if (text === "createError") return { code: first, message: second, remedy: third };
    const maker = this.#makers.get(`${node.getSourceFile().fileName}:${text}`) ??
      this.#makers.get(text);
    if (!maker) return undefined;
    const argument = (part: ts.Expression | number | undefined) =>
      typeof part === "number" ? node.arguments[part] ?? maker.params[part]?.initializer : part;
    return {
      code: argument(maker.code),
      message: argument(maker.message),
      remedy: argument(maker.remedy),
    };
  }

  #errorsOf(file: ts.SourceFile): Raised[] {
    const errors: Raised[] = [];
    visit(file, (node) => {
      const call = this.#callOf(node);
      if (!call) return;
      const texts = this.#texts(call.message);
      const remedies = new Set(this.#texts(call.remedy).filter((text) => text !== "…"));
      if (texts.length === 1 && texts[0] === "…") return; // The message is that of another place.
      for (const code of this.#numbers(call.code)) {
        for (const message of texts) {
          errors.push({
            code,
            message: cell(message),
            remedy: cell([...remedies].join(" Or: ")),
          });
        }
      }
    });
    return errors;
  }

  /** The texts that an expression can be, with an ellipsis for each value that is not in the source. */
  #texts(given: ts.Expression | undefined): string[] {
    if (given === undefined) return [""];
    if (ts.isStringLiteralLike(given)) return [given.text];
    if (ts.isParenthesizedExpression(given)) return this.#texts(given.expression);
    if (ts.isConditionalExpression(given)) {
      return [...this.#texts(given.whenTrue), ...this.#texts(given.whenFalse)];
    }
    if (ts.isTemplateExpression(given)) {
      return given.templateSpans.reduce(
        (texts, { expression, literal }) => {
          const values = this.#texts(expression);
          return texts.flatMap((text) => values.map((value) => text + value + literal.text));
        },
        [given.head.text],
      );
    }
    if (ts.isBinaryExpression(given) && given.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const ends = this.#texts(given.right);
      return this.#texts(given.left).flatMap((text) => ends.map((end) => text + end));
    }
    if (
      ts.isBinaryExpression(given) &&
      [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken].includes(
        given.operatorToken.kind,
      )
    ) {
      return [...this.#texts(given.left), ...this.#texts(given.right)];
    }
    if (ts.isCallExpression(given) && ts.isIdentifier(given.expression)) {
      const { text: name } = given.expression;
      if (KEEPS_TEXT.includes(name)) return this.#texts(given.arguments[0]);
      const result = this.#results.get(name);
      return result ? this.#texts(result) : ["…"];
    }
    if (ts.isIdentifier(given)) {
      const constant = this.#constants.get(`${given.getSourceFile().fileName}:${given.text}`) ??
        this.#constants.get(given.text);
      return constant && isText(constant) ? this.#texts(constant) : ["…"];
    }
    return ["…"];
  }

  #numbers(given: ts.Expression | undefined): number[] {
    if (given === undefined) return [];
    if (ts.isNumericLiteral(given)) return [Number(given.text)];
    if (ts.isConditionalExpression(given)) {
      return [...this.#numbers(given.whenTrue), ...this.#numbers(given.whenFalse)];
    }
    if (ts.isPropertyAccessExpression(given) && given.expression.getText() === "ErrorCode") {
      return [this.#codes.get(given.name.text)!];
    }
    if (ts.isIdentifier(given)) {
      const constant = this.#constants.get(`${given.getSourceFile().fileName}:${given.text}`) ??
        this.#constants.get(given.text);
      return this.#numbers(constant ?? defaultOf(given));
    }
    return [];
  }
}

/** The default of a member that the parameters of the function around it take apart. */
function defaultOf(given: ts.Identifier): ts.Expression | undefined {
  const { parameters = [] } = ts.findAncestor(given, ts.isFunctionDeclaration) ?? {};
  return parameters.flatMap(({ name }) => ts.isObjectBindingPattern(name) ? [...name.elements] : [])
    .find(({ name }) => name.getText() === given.text)?.initializer;
}

function isExported(node: ts.FunctionDeclaration | ts.VariableStatement): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function* sourceFiles(folder: string): Generator<string> {
  const entries = [...Deno.readDirSync(new URL(folder, ROOT))];
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (isDirectory) yield* sourceFiles(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

/** Whether an expression is a text, or one of two. */
function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(node) ||
    ts.isConditionalExpression(node) && isText(node.whenTrue) && isText(node.whenFalse);
}

/** Text as the cell of a table. */
function cell(text: string): string {
  return text.replace(/[|*_<]/g, "\\$&").replace(/…{2,}/g, "…").replace(/\s+/g, " ").trim();
}
