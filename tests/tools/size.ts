/**
 * Measures what each entry costs a user, minified and gzipped, and checks what is in it.
 *
 * @module
 */
import { stop } from "esbuild";
import { type Bundle, bundle, bundleCode, gzipSize } from "./bundle.ts";
import { ENTRIES } from "./entries.ts";

interface Rule {
  /** The size to aim at, in kB of 1000 bytes, minified and gzipped. */
  goal?: number;
  /** The most it may weigh now: a step towards the goal that is not given up again. */
  limit?: number;
  /** The entry that is there in any case: what counts is what this one adds to it. */
  beside?: string;
  /** Sources that must not be in the bundle: parts of their paths. */
  without: readonly string[];
  /** Text that must not be in the bundle. */
  forbidden: readonly string[];
}

// Generated code would not run on Workers.
const EVERYWHERE = ["new Function(", "eval("];

/** The floors of the clients. */
const CLIENTS = ["http", "auth", "client", "operations", "rest", "realtime", "liveobjects"]
  .map((floor) => `src/${floor}/`);

/** The largest difference between a size in the README and the measured one, in kB. */
const README_TOLERANCE = 0.75;

const RULES: Readonly<Record<string, Rule>> = {
  ".": { goal: 46, limit: 70.8, without: ["/hono/", "src/testing/"], forbidden: [] },
  "./rest": {
    goal: 20,
    limit: 34.8,
    without: ["/msgpackr/", "/hono/", "src/testing/", "src/realtime/", "src/delta/"],
    forbidden: ["new WebSocket", "msgpackr"],
  },
  "./realtime": {
    goal: 37,
    limit: 61.4,
    without: ["/msgpackr/", "/hono/", "src/testing/"],
    forbidden: ["msgpackr"],
  },
  "./liveobjects": {
    goal: 10,
    limit: 12.5,
    beside: "src/realtime/mod.ts",
    without: ["/msgpackr/", "/hono/", "src/testing/"],
    forbidden: ["msgpackr"],
  },
  "./sse": {
    limit: 4,
    beside: "src/rest/mod.ts",
    without: ["/msgpackr/", "/hono/", "src/testing/", "src/realtime/", "src/delta/"],
    forbidden: ["new WebSocket", "msgpackr"],
  },
  "./token": {
    goal: 4,
    limit: 7.4,
    without: ["/msgpackr/", "/hono/", ...allLayersBut("token")],
    forbidden: ["WebSocket", "msgpackr"],
  },
  "./msgpack": {
    without: ["/hono/", ...allLayersBut("protocol")],
    forbidden: ["new WebSocket"],
  },
  "./webhooks": {
    without: [
      "/hono/",
      "src/testing/",
      ...CLIENTS,
    ],
    forbidden: ["new WebSocket"],
  },
  "./testing": {
    without: CLIENTS,
    forbidden: [],
  },
  "./testing/serve": {
    without: CLIENTS,
    forbidden: [],
  },
};

/** Imports by name from the root entry: its default export, which holds all, must not come along. */
const NAMED: Readonly<Record<string, Rule>> = {
  "Rest": {
    limit: 42.2,
    without: ["/hono/", "src/testing/", "src/realtime/", "src/delta/"],
    forbidden: ["new WebSocket"],
  },
};

function allLayersBut(own: string): string[] {
  const layers = ["crypto", "delta", "encoding", "messages", "protocol", "http", "auth", "client"];
  return [
    ...layers,
    "operations",
    "token",
    "rest",
    "realtime",
    "liveobjects",
    "webhooks",
    "testing",
  ]
    .filter((layer) => layer !== own)
    .map((layer) => `src/${layer}/`);
}

async function measure(name: string, file: string): Promise<string[]> {
  const rule = RULES[name];
  if (!rule) return [`Entry "${name}" has no rule in tests/tools/size.ts`];
  const base = rule.beside === undefined ? undefined : await bundle(rule.beside);
  const files = rule.beside === undefined ? [file] : [rule.beside, file];
  const bundled = await bundle(...files).catch(() => undefined);
  const named = Number(readmeSizes.get(name));
  return bundled ? report(`Entry "${name}"`, { rule, bundled, base, named }) : [
    `Entry "${name}" cannot be bundled`,
  ];
}

async function measureNamed(name: string, rule: Rule): Promise<string[]> {
  const bundled = await bundleCode(`export { ${name} } from "./mod.ts";`);
  return await report(`Import of { ${name} }`, { rule, bundled });
}

async function report(
  subject: string,
  { rule, bundled, base, named }: { rule: Rule; bundled: Bundle; base?: Bundle; named?: number },
): Promise<string[]> {
  const { code, inputs } = bundled;
  const text = new TextDecoder().decode(code);
  const gzipped = (await gzipSize(code) - (base ? await gzipSize(base.code) : 0)) / 1000;
  const minified = (code.length - (base?.code.length ?? 0)) / 1000;
  const goal = rule.goal ? `, goal ${rule.goal} kB` : "";
  const limit = rule.limit ? `, limit ${rule.limit} kB` : "";
  console.log(
    `${subject.padEnd(24)} ${kB(minified)} minified ${kB(gzipped)} gzipped${goal}${limit}`,
  );
  const isRight = !named || Math.abs(named - gzipped) < README_TOLERANCE;
  return [
    ...isRight ? [] : [`The README says ${named} kB for ${subject}`],
    ...gzipped > (rule.limit ?? Infinity) ? [`${subject} is over its limit`] : [],
    ...inputs
      .filter((input) => rule.without.some((part) => input.includes(part)))
      .map((input) => `${subject} pulls in ${input}`),
    ...[...EVERYWHERE, ...rule.forbidden]
      .filter((words) => text.includes(words))
      .map((words) => `${subject} contains "${words}"`),
  ];
}

function kB(value: number): string {
  return `${value.toFixed(1)} kB`.padStart(9);
}

/** The sizes in the table of the README, by entry. */
const readmeSizes = new Map(
  [...Deno.readTextFileSync("README.md").matchAll(/^\| `@ably-edge\/sdk(.*?)` .*\| (\d+) kB/gm)]
    .map(([, entry = "", size = ""]) => [`.${entry}`, size]),
);

const faults: string[] = [];
try {
  for (const { name, file } of ENTRIES) faults.push(...await measure(name, file));
  for (const [name, rule] of Object.entries(NAMED)) faults.push(...await measureNamed(name, rule));
} finally {
  await stop();
}
for (const fault of faults) console.error(fault);
Deno.exit(faults.length === 0 ? 0 : 1);
