/**
 * Shows what each part of an entry costs a user: the bytes by which the bundle would shrink without it, minified and gzipped.
 * Arguments are entries, such as `./rest`; without any, the clients' entries.
 *
 * @module
 */
import { stop } from "esbuild";
import ts from "typescript";
import { type Bundle, bundle, gzipSize } from "./bundle.ts";
import { ENTRIES } from "./entries.ts";

const CLIENTS = [".", "./rest", "./realtime", "./token"];

/** A piece of the bundle, and the file that it was made from. */
interface Piece {
  text: string;
  file: string;
}

interface Part {
  name: string;
  minified: number;
  gzipped: number;
}

/** Cuts a bundle, which has one line per line feed in its texts, where its source map says that another file begins. */
function piecesOf({ code, map }: Bundle): Piece[] {
  const text = new TextDecoder().decode(code);
  const { mappings, sources } = JSON.parse(map) as { mappings: string; sources: string[] };
  const starts: { at: number; file: string }[] = [];
  let lineStart = 0;
  let source = 0;
  const lines = text.split("\n");
  mappings.split(";").forEach((line, index) => {
    let column = 0;
    for (const segment of line.split(",").filter((segment) => segment !== "")) {
      const [columns = 0, files = 0] = numbersOf(segment);
      column += columns;
      source += files;
      starts.push({ at: lineStart + column, file: sources[source]! });
    }
    lineStart += (lines[index]?.length ?? 0) + 1;
  });
  return starts.map(({ at, file }, i) => ({ file, text: text.slice(at, starts[i + 1]?.at) }));
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads the numbers of a segment: base 64 with five bits a digit, the lowest first; the first bit of a number is its sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

/** The part that a file belongs to: its folder, two levels deep in the realtime client. */
function partOf(file: string): string {
  const path = /(?:src|node_modules)\/.*/.exec(file)?.[0] ?? file;
  if (path.startsWith("node_modules/")) {
    return path.includes("/msgpackr") ? "msgpackr" : "@std/encoding";
  }
  const folders = path.split("/").slice(0, -1);
  if (folders.length === 1) return "src/*.ts";
  return folders.slice(0, folders[1] === "realtime" ? 3 : 2).join("/");
}

async function partsOf(bundled: Bundle): Promise<Part[]> {
  const pieces = piecesOf(bundled);
  const whole = await gzipSize(bundled.code);
  const without = async (rest: string) => whole - await gzipSize(new TextEncoder().encode(rest));
  const names = [...new Set(pieces.map(({ file }) => partOf(file)))];
  const parts = await Promise.all(names.map(async (name) => {
    const [own, others] = [true, false].map((isOwn) =>
      pieces.filter(({ file }) => partOf(file) === name === isOwn).map(({ text }) => text).join("")
    );
    return { name, minified: own!.length, gzipped: await without(others!) };
  }));
  const code = new TextDecoder().decode(bundled.code);
  const rest = withoutTexts(code);
  const texts = {
    name: "of it: texts of errors and log",
    minified: code.length - rest.length,
    gzipped: await without(rest),
  };
  return [...parts.sort((a, b) => b.gzipped - a.gzipped), texts];
}

/** The code without its texts of more than one word. */
function withoutTexts(code: string): string {
  const tree = ts.createSourceFile("bundle.js", code, ts.ScriptTarget.Latest);
  let rest = "";
  let at = 0;
  const visit = (node: ts.Node) => {
    if (ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node)) {
      if (!ts.isRegularExpressionLiteral(node) && /\w \w|^ \w|\w $/.test(node.text)) {
        rest += code.slice(at, node.getStart(tree) + 1);
        at = node.end - (ts.isTemplateHead(node) || ts.isTemplateMiddle(node) ? 2 : 1);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return rest + code.slice(at);
}

try {
  for (const name of Deno.args.length > 0 ? Deno.args : CLIENTS) {
    const file = ENTRIES.find((entry) => entry.name === name)?.file;
    if (file === undefined) throw new Error(`There is no entry "${name}"`);
    const bundled = await bundle(file);
    console.log(`${name}: ${await gzipSize(bundled.code)} bytes`);
    for (const { name, minified, gzipped } of await partsOf(bundled)) {
      console.log(
        `${String(gzipped).padStart(8)} (${String(minified).padStart(6)} minified) ${name}`,
      );
    }
  }
} finally {
  await stop();
}
