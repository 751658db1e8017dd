/**
 * Shapes the documentation site: modules have the names that users import, guides have the titles of their first heading, and
 * symbols are sorted into categories by the folder that declares them.
 *
 * It is JavaScript because TypeDoc runs it on Node 20.
 */
import { readFileSync } from "node:fs";
import { Comment, CommentTag, Converter } from "typedoc";

const CATEGORIES = [
  ["src/rest/", "REST"],
  ["src/realtime/presence/", "Presence"],
  ["src/realtime/channel/", "Realtime channels"],
  ["src/realtime/", "Realtime connection"],
  ["src/operations/push/", "Push"],
  ["src/operations/paging/", "Pages"],
  ["src/operations/stats", "Statistics"],
  ["src/operations/", "Operations of both clients"],
  ["src/client/", "Options"],
  ["src/http/", "Options"],
  ["src/util/", "Options"],
  ["src/auth/", "Authentication"],
  ["src/token/", "Authentication"],
  ["src/messages/", "Messages"],
  ["src/encoding/", "Messages"],
  ["src/protocol/", "Wire format"],
  ["src/crypto/", "Encryption"],
  ["src/delta/", "Deltas"],
  ["src/liveobjects/", "LiveObjects"],
  ["src/error", "Errors"],
];

/** @param {import("typedoc").Application} app */
export function load(app) {
  const { name, exports } = JSON.parse(readFileSync("deno.json", "utf8"));
  const entries = new Map(
    Object.entries(exports).map(([entry, file]) => [
      file.replace(/^\.\//, "").replace(/\.ts$/, ""),
      name + entry.slice(1),
    ]),
  );

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = entries.get(module.name) ?? module.name;
      for (const symbol of module.children ?? []) categorize(symbol);
    }
    for (const guide of project.documents ?? []) {
      guide.name = headingOf(guide.content) ?? guide.name;
    }
    // TypeDoc writes the name of the project above the README.
    const [first] = project.readme ?? [];
    if (first) first.text = first.text.replace(/^# .+\n/, "");
  });
}

/** @param {import("typedoc").DeclarationReflection} symbol */
function categorize(symbol) {
  const file = symbol.sources?.[0]?.fullFileName ?? "";
  const [, category] = CATEGORIES.find(([folder]) => file.includes(folder)) ?? [];
  if (category === undefined) return;
  // Functions carry their comments in their signatures.
  for (const reflection of symbol.signatures ?? [symbol]) {
    reflection.comment ??= new Comment();
    reflection.comment.blockTags.push(
      new CommentTag("@category", [{ kind: "text", text: category }]),
    );
  }
}

/**
 * Returns the first heading of a page. TypeDoc has cut the text into parts: inline code and links stand apart.
 *
 * @param {import("typedoc").CommentDisplayPart[]} content
 */
function headingOf(content) {
  return /^# (.+)/.exec(content.map(({ text }) => text).join(""))?.[1].replaceAll("`", "");
}
