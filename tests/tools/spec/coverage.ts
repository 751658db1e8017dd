import { type Decisions, type Group, matches } from "./decisions.ts";
import type { Section } from "./points.ts";

/** A file that may mention points. */
export interface TextFile {
  path: string;
  text: string;
}

/** The findings about a point. */
export interface Coverage {
  id: string;
  section: string;
  /** The places that implement it, as `file:line`; a parent without its own place has those of its parts. */
  places: string[];
  /** The tests that name it. */
  tests: string[];
  /** Why it is left out, if it is. */
  reason?: string;
  /** Neither implemented nor left out. */
  open: boolean;
}

/** The parts of a report. */
export interface CoverageInput {
  sections: readonly Section[];
  sources: readonly TextFile[];
  tests: readonly TextFile[];
  decisions: Decisions;
}

const POINT = /\b[A-Z]{1,6}\d+[a-z0-9]*(?:–[A-Z]{1,6}\d+[a-z0-9]*)?/g;

/** Finds out of each point where it is implemented and tested, or why it is not. */
export function findCoverage({ sections, sources, tests, decisions }: CoverageInput): Coverage[] {
  const order = sections.flatMap(({ points }) => points.split(" "));
  const [inSources, inTests] = [sources, tests].map((files) => findMentions(files, order));
  const deprecated = new Set(sections.flatMap((section) => section.deprecated?.split(" ") ?? []));
  const partsOf = groupByParent(order);

  const collect = (id: string, mentions: ReadonlyMap<string, string[]>): string[] => {
    const own = mentions.get(id) ?? mentions.get(decisions.saidBy[id] ?? "");
    return own ?? (partsOf.get(id) ?? []).flatMap((part) => collect(part, mentions));
  };
  const isOpen = (id: string): boolean => {
    if (reasonOf(id) || inSources!.has(id) || inSources!.has(decisions.saidBy[id] ?? "")) {
      return false;
    }
    const parts = partsOf.get(id) ?? [];
    return parts.length === 0 || parts.some(isOpen);
  };
  const reasonOf = (id: string): string | undefined =>
    decisions.leftOut.find((group) => matches(group, id))?.reason ??
      (deprecated.has(id) || ancestors(id, deprecated) ? DEPRECATED : undefined);

  return sections.flatMap(({ title, points }) =>
    points.split(" ").map((id) => {
      const implemented = inSources!.has(id);
      const reason = implemented ? undefined : reasonOf(id);
      return {
        id,
        section: title,
        places: reason ? [] : collect(id, inSources!),
        tests: collect(id, inTests!),
        reason,
        open: isOpen(id),
      };
    })
  );
}

const DEPRECATED = "The specification calls it deprecated";

function ancestors(id: string, among: ReadonlySet<string>): boolean {
  return [...among].some((other) => isPartOf(id, other));
}

/** The faults in the decisions themselves. */
export function findFaults({ sections, decisions }: CoverageInput): string[] {
  const known = sections.flatMap(({ points }) => points.split(" "));
  const knows = (group: Group) =>
    group.points.split(/\s+/).filter((pattern) =>
      !known.some((id) => matches({ ...group, points: pattern }, id))
    );
  return [
    ...decisions.leftOut.flatMap((group) => [
      ...group.reason.trim() === "" ? [`Left out without a reason: ${group.points}`] : [],
      ...knows(group).map((pattern) => `Left out, but no live point: ${pattern}`),
    ]),
    ...Object.entries(decisions.saidBy).flat()
      .filter((id) => !known.includes(id))
      .map((id) => `Said by another, but no live point: ${id}`),
  ];
}

function findMentions(files: readonly TextFile[], order: readonly string[]): Map<string, string[]> {
  const positions = new Map(order.map((id, index) => [id, index]));
  const mentions = new Map<string, string[]>();
  for (const { path, text } of files) {
    text.split("\n").forEach((line, index) => {
      for (const [mention] of line.matchAll(POINT)) {
        const [first = "", last = first] = mention.split("–");
        const [from, to] = [positions.get(first), positions.get(last)];
        if (from === undefined || to === undefined) continue;
        for (const id of order.slice(from, to + 1)) {
          const places = mentions.get(id) ?? [];
          mentions.set(id, [...places, `${path}:${index + 1}`]);
        }
      }
    });
  }
  return mentions;
}

/** Whether a point is below another: `RSC1a` is a part of `RSC1`, and `RSC16` is not. */
function isPartOf(id: string, parent: string): boolean {
  if (id === parent || !id.startsWith(parent)) return false;
  return /\d$/.test(parent) !== /\d/.test(id[parent.length]!);
}

function groupByParent(order: readonly string[]): Map<string, string[]> {
  const known = new Set(order);
  const groups = new Map<string, string[]>();
  for (const id of order) {
    const parent = id.replace(/(?:\d+|[a-z])$/, "");
    if (known.has(parent)) groups.set(parent, [...groups.get(parent) ?? [], id]);
  }
  return groups;
}
