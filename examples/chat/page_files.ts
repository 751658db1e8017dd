import { build, stop } from "esbuild";

const FOLDER = new URL("./page/", import.meta.url);

/** The files that the browser loads. */
export interface PageFiles {
  html: string;
  css: string;
  /** The page's own code and the client, in one file. */
  script: string;
}

/** Reads the page, and bundles its code with the parts of the SDK that it uses. */
export async function readPageFiles(): Promise<PageFiles> {
  const [html, css, script] = await Promise.all([
    Deno.readTextFile(new URL("index.html", FOLDER)),
    Deno.readTextFile(new URL("style.css", FOLDER)),
    bundle(),
  ]);
  return { html, css, script };
}

async function bundle(): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [new URL("main.ts", FOLDER).pathname],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "browser",
    });
    return outputFiles[0]!.text;
  } finally {
    await stop();
  }
}
