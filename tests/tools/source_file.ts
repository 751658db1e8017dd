import ts from "typescript";

/** The facts about one source file that the checks use. */
export interface SourceFile {
  /** As seen from the root, such as `src/util/bytes.ts`. */
  path: string;
  imports: Place[];
  /** Uses of `any` as a type. */
  anyTypes: Place[];
  /** Comparisons with `==` or `!=` against anything but null. */
  looseComparisons: Place[];
  /** Names that only one runtime has. */
  runtimeGlobals: Place[];
  /** Calls on import that Workers forbid there. */
  importTimeCalls: Place[];
}

/** A piece of text and its line, counted from 1. */
export interface Place {
  text: string;
  line: number;
}

const RUNTIME_GLOBALS = new Set(["Deno", "Bun", "process", "Buffer", "require", "__dirname"]);

const FORBIDDEN_ON_IMPORT = new Set([
  "AbortController",
  "AbortSignal.timeout",
  "Math.random",
  "WebSocket",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "fetch",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
]);

/** Reads a file with TypeScript's own parser. */
export function parse(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const place = (node: ts.Node, content: string): Place => ({
    text: content,
    line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1,
  });
  const file: SourceFile = {
    path,
    imports: [],
    anyTypes: [],
    looseComparisons: [],
    runtimeGlobals: [],
    importTimeCalls: [],
  };

  const visit = (node: ts.Node, onImport: boolean): void => {
    const specifier = specifierOf(node);
    if (specifier) file.imports.push(place(node, specifier.text));
    if (node.kind === ts.SyntaxKind.AnyKeyword) file.anyTypes.push(place(node, "any"));
    if (ts.isBinaryExpression(node) && isLoose(node)) {
      file.looseComparisons.push(place(node, node.operatorToken.getText(tree)));
    }
    if (ts.isIdentifier(node) && RUNTIME_GLOBALS.has(node.text) && isReference(node)) {
      file.runtimeGlobals.push(place(node, node.text));
    }
    if (onImport && (ts.isCallExpression(node) || ts.isNewExpression(node))) {
      const callee = node.expression.getText(tree).replace(/^globalThis\./, "");
      if (FORBIDDEN_ON_IMPORT.has(callee)) file.importTimeCalls.push(place(node, callee));
    }
    node.forEachChild((child) => visit(child, onImport && !isDeferred(child)));
  };
  visit(tree, true);
  return file;
}

function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  const from = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
    ? node.argument.literal
    : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    ? node.arguments[0]
    : undefined;
  return from && ts.isStringLiteralLike(from) ? from : undefined;
}

function isLoose({ operatorToken, left, right }: ts.BinaryExpression): boolean {
  const { EqualsEqualsToken, ExclamationEqualsToken, NullKeyword } = ts.SyntaxKind;
  return (operatorToken.kind === EqualsEqualsToken ||
    operatorToken.kind === ExclamationEqualsToken) &&
    left.kind !== NullKeyword && right.kind !== NullKeyword;
}

function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  const isName = "name" in parent && parent.name === node;
  const isMember = ts.isQualifiedName(parent) && parent.right === node;
  const isImported = ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent);
  return !isName && !isMember && !isImported;
}

// A static member or a function called where it stands runs on import after all.
function isDeferred(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node)) {
    return !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
  }
  return ts.isFunctionLike(node) && !isCalledAtOnce(node);
}

function isCalledAtOnce(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isParenthesizedExpression(parent) && ts.isCallExpression(parent.parent) &&
    parent.parent.expression === parent;
}
