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

/** Bundles with Deno, which finds the packages as it does for the server. */
async function bundle(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", "--minify", "page/main.ts"],
    cwd: new URL(".", import.meta.url),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
