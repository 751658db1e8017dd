/**
 * The `ts` blocks of Markdown files, and what runs them: on Deno, with the local service in place of the network.
 *
 * @module
 */
import { Realtime } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assert } from "../harness.ts";
import { asNetwork } from "./as_network.ts";

/** The key that snippets use. */
export const SNIPPET_KEY = "appId.keyId:secret";
/** The host of the app that snippets speak of. */
const APP_HOST = "app.example.com";

interface Handler {
  fetch(request: Request, env: unknown, context: unknown): Response | Promise<Response>;
}

/** A block of TypeScript. */
export interface Snippet {
  /** The line where the block begins. */
  line: number;
  code: string;
  /** The words after `ts` in the first line of the block. */
  info: string;
  /** The expected output: the comments after `console.log()`. */
  printed: string[];
}

/** Finds the blocks of TypeScript in Markdown. */
export function snippets(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts( [^\n]*)?\n(.*?)^```$/gms)].map((
    { 1: info = "", 2: code = "", index },
  ) => ({
    line: markdown.slice(0, index).split("\n").length,
    code,
    info: info.trim(),
    printed: [...code.matchAll(/console\.log\(.*\/\/ (.+)$/gm)].map(([, text = ""]) => text),
  }));
}

/** Runs snippets of one file as they stand. */
export class SnippetRunner {
  /** The app that an earlier snippet exports is the one that later snippets ask for tokens. */
  #app: Handler | undefined;

  /**
   * Runs a snippet, and checks that it prints what it says.
   *
   * @param snippet What to run.
   * @param use What to do with what it exports; else a default export is taken for an app.
   */
  async run(
    { code, printed }: Snippet,
    use?: (exports: Record<string, unknown>) => Promise<void>,
  ): Promise<void> {
    await using service = createService({ key: SNIPPET_KEY });
    const lines: string[] = [];
    const { log } = console;
    const { fetch } = globalThis;
    using _network = asNetwork(service, {
      [APP_HOST]: (request) => this.#app!.fetch(request, {}, {}),
      localhost: (request) => fetch(request), // What a snippet serves itself.
    });
    console.log = (...items) => {
      lines.push(items.map(shown).join(" "));
    };
    try {
      const module = await import(`data:application/typescript,${encodeURIComponent(code)}`);
      if (use) await use(module);
      else if (module.default) await serveOnce(this.#app = module.default);
      // Listeners of clients that the snippet has closed have had their turn.
      await using settled = new Realtime({ ...service.options() });
      await settled.connection.ping();
    } finally {
      console.log = log;
    }
    for (const text of printed) {
      assert(lines.includes(text), `"${text}" is not in:\n${lines.join("\n")}`);
    }
  }
}

/** Lets what a snippet exports by default answer a request, and do what it does after the answer. */
async function serveOnce(handler: Handler): Promise<void> {
  const late: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void late.push(promise) };
  const request = new Request(`https://${APP_HOST}/token`);
  const response = await handler.fetch(request, { ABLY_API_KEY: SNIPPET_KEY }, context);
  await response.body?.cancel();
  await Promise.all(late);
}

function shown(item: unknown): string {
  return typeof item === "string" ? item : Deno.inspect(item);
}
