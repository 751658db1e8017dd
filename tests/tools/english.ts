/**
 * Checks the wording of comments, test names and Markdown files. It knows a short list of openings and words that make a reader
 * stop; CONTRIBUTING has the rules behind it.
 *
 * @module
 */
import ts from "typescript";

/** A comment, a sentence of a Markdown file, or the name of a test. */
interface Sentence {
  path: string;
  line: number;
  text: string;
  /** Whether it is a heading, which may be a clause. */
  isHeading?: boolean;
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
  "becomes of",
  "became of",
  "told otherwise",
  "said otherwise",
  "on purpose",
  "makes good",
  "made good",
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
  return sentences.flatMap(({ path, line, text, isHeading }) => {
    const opening = isHeading ? null : OPENING.exec(text);
    const found = opening?.[0] ?? WORD.exec(text)?.[0];
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
    if (name) take(name.getStart(tree), textOf(name).replace(/^[\w\s,–-]*:\s*/, ""));
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

function testName(node: ts.Node): TestName | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const [first] = node.arguments;
  if (!/^test(?![a-z])/.test(node.expression.text) || !first) return undefined;
  return ts.isStringLiteralLike(first) || ts.isTemplateExpression(first) ? first : undefined;
}

type TestName = ts.StringLiteralLike | ts.TemplateExpression;

/** The text of a test name, with `…` in the place of values. */
function textOf(name: TestName): string {
  if (!ts.isTemplateExpression(name)) return name.text;
  return [name.head, ...name.templateSpans.map(({ literal }) => literal)]
    .map(({ text }) => text).join("…");
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

/**
 * The sentences of a Markdown file, without code, quoted words, comments and front matter, and without the lines between
 * `<!-- english: off -->` and `<!-- english: on -->`.
 */
export function sentencesOfMarkdown(path: string, source: string): Sentence[] {
  const blank = (text: string) => text.replace(/[^\n]/g, "");
  const prose = source
    .replace(/^---\n[^]*?\n---\n/, blank)
    .replace(/<!-- english: off -->[^]*?<!-- english: on -->/g, blank)
    .replace(/^( *)(`{3,}|~{3,})[^]*?^\1\2/gm, blank)
    .replace(/<!--[^]*?-->/g, blank)
    .replace(/`[^`\n]*`|"[^"\n]*"|“[^”\n]*”/g, '""')
    .replace(/\]\([^)\n]*\)/g, "]");
  return blocksOf(prose).flatMap(({ text, ...block }) =>
    text.split(/(?<=[.!?:])\s+(?=[A-Z])/)
      .map((sentence) => ({ path, ...block, text: sentence.replace(/^[*_[]+/, "") }))
  );
}

/** Paragraphs, headings, items of lists and cells of tables, in one line each. */
function blocksOf(prose: string): Omit<Sentence, "path">[] {
  const blocks: Omit<Sentence, "path">[] = [];
  let isOpen = false;
  prose.split("\n").forEach((text, index) => {
    const line = index + 1;
    const [, mark = "", rest = ""] = /^[ >]*(#+ |[-*+] |\d+\. |\|)?(.*)$/.exec(text) ?? [];
    const isHeading = mark.startsWith("#");
    if (mark === "|") {
      for (const cell of rest.split("|")) blocks.push({ line, text: cell.trim() });
    } else if (isOpen && mark === "" && rest !== "") {
      blocks.at(-1)!.text += ` ${rest.trim()}`;
    } else if (rest !== "") blocks.push({ line, text: rest.trim(), isHeading });
    isOpen = rest !== "" && mark !== "|" && !isHeading;
  });
  return blocks;
}

function* below(folder: string, ending: RegExp): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (["node_modules", "dist", ".next"].includes(name)) continue;
    if (isDirectory) yield* below(path, ending);
    else if (ending.test(name)) yield path;
  }
}

function* markdownFiles(): Generator<string> {
  for (const { name } of Deno.readDirSync(".")) if (name.endsWith(".md")) yield name;
  for (const folder of ["docs", "examples"]) yield* below(folder, /\.md$/);
}

if (import.meta.main) {
  const folders = Deno.args.length > 0 ? Deno.args : ["src", "tests", "examples"];
  const sentences = [
    ...folders.flatMap((folder) => [...below(folder, /\.tsx?$/)])
      .filter((path) => !/english(_test)?\.ts$/.test(path))
      .flatMap((path) => sentencesOf(path, Deno.readTextFileSync(path))),
    ...(Deno.args.length > 0 ? [] : [...markdownFiles()])
      .flatMap((path) => sentencesOfMarkdown(path, Deno.readTextFileSync(path))),
  ];
  const faults = checkEnglish(sentences);
  for (const fault of faults) console.error(fault);
  console.log(`${sentences.length} comments, names and sentences, ${faults.length} to reword`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
