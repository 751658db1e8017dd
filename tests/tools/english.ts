/**
 * Checks the wording of comments, documentation and test names. It knows a short list of openings and words that make a reader
 * stop; CONTRIBUTING says why each is on it.
 *
 * @module
 */
import ts from "typescript";

/** A comment, a line of documentation, or the name of a test. */
interface Sentence {
  path: string;
  line: number;
  text: string;
}

/** Openings: the sentence should start with its subject. */
const OPENINGS = [
  "What",
  "Who",
  "Whom",
  "Whose",
  "Whoever",
  "Whatever",
  "Whichever",
  "How",
  "Where",
];

/** Words and turns that hide who does what. */
const WORDS = [
  "whoever",
  "whomever",
  "whatever",
  "nobody",
  "no one",
  "shall",
  "what becomes of",
  "that is none",
  "that are none",
  "which is none",
  "hears of",
  "hear of",
  "heard of",
  "hears from",
  "is told",
  "are told",
  "tells of",
  "lets go of",
  "let go of",
];

const OPENING = new RegExp(`^(?:${OPENINGS.join("|")})\\b(?!.*\\?$)`);
const WORD = new RegExp(`\\b(?:${WORDS.join("|")})\\b`, "i");

/** Finds the sentences that need another wording, one line each. */
export function checkEnglish(sentences: readonly Sentence[]): string[] {
  return sentences.flatMap(({ path, line, text }) => {
    const found = OPENING.exec(text)?.[0] ?? WORD.exec(text)?.[0];
    return found ? [`${path}:${line} "${found}": ${text.slice(0, 90)}`] : [];
  });
}

/** The comments of a source file, block by block, and the names of its tests. */
export function sentencesOf(path: string, source: string): Sentence[] {
  const tree = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => tree.getLineAndCharacterOfPosition(position).line + 1;
  const found = new Map<number, Sentence>();
  const take = (position: number, text: string) =>
    found.set(position, { path, line: lineOf(position), text });
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of commentsBefore(source, node)) {
      take(pos, plain(source.slice(pos, end)));
    }
    const name = testName(node);
    if (name) take(name.getStart(tree), name.text.replace(/^[\w\s,–-]*:\s*/, ""));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...found.values()];
}

function commentsBefore(source: string, node: ts.Node): readonly ts.CommentRange[] {
  return [
    ...ts.getLeadingCommentRanges(source, node.getFullStart()) ?? [],
    ...ts.getTrailingCommentRanges(source, node.getEnd()) ?? [],
  ];
}

function testName(node: ts.Node): ts.StringLiteralLike | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const [first] = node.arguments;
  return node.expression.text === "test" && first && ts.isStringLiteralLike(first)
    ? first
    : undefined;
}

/** A comment without its marks, and without the specification points that it begins with. */
function plain(comment: string): string {
  return comment
    .replace(/^\/\*\*?|\*\/$/g, "")
    .replace(/^\s*(\/\/|\*)/gm, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^(?:[A-Z]{2,}\w*[,–-]?\s?)+:\s*/, "");
}

function* below(folder: string, ending: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name === "node_modules" || name === "dist") continue;
    if (isDirectory) yield* below(path, ending);
    else if (name.endsWith(ending)) yield path;
  }
}

if (import.meta.main) {
  const folders = Deno.args.length > 0 ? Deno.args : ["src", "tests", "examples"];
  const sentences = [
    ...folders.flatMap((folder) => [...below(folder, ".ts")])
      .filter((path) => !path.endsWith("english.ts"))
      .flatMap((path) => sentencesOf(path, Deno.readTextFileSync(path))),
  ];
  const faults = checkEnglish(sentences);
  for (const fault of faults) console.error(fault);
  console.log(`${sentences.length} comments and names, ${faults.length} to reword`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
