import { build, type Metafile, type Plugin } from "esbuild";

/** The package says that its files have no side effects: those that nothing is used of are left out. */
const PURE: Plugin = {
  name: "pure",
  setup({ onResolve }) {
    onResolve(
      { filter: /^\./, namespace: "file" },
      ({ path, resolveDir }) => ({
        path: new URL(path, `file://${resolveDir}/`).pathname,
        sideEffects: false,
      }),
    );
  },
};

/** Code as a user's bundler makes it. */
export interface Bundle {
  /** The code, minified. */
  code: Uint8Array<ArrayBuffer>;
  /** The files that it contains code of. */
  inputs: string[];
  /** Its source map, as JSON. */
  map: string;
}

/** Bundles entries as a user's bundler does. */
export function bundle(...files: string[]): Promise<Bundle> {
  return bundleCode(files.map((file) => `export * from "./${file}";`).join(""));
}

/** Bundles what a module of a user needs. */
export async function bundleCode(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: Deno.cwd() },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    sourcemap: "external",
    sourcesContent: false,
    outfile: "bundle.js",
    format: "esm",
    target: "es2022",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    plugins: [PURE],
  });
  const [map, code] = outputFiles.sort((a, b) => b.path.localeCompare(a.path));
  return {
    code: code!.contents as Uint8Array<ArrayBuffer>,
    inputs: inputsOf(metafile),
    map: map!.text,
  };
}

function inputsOf({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) =>
      path
    )
  );
}

/** The number of bytes that code takes on the network. */
export async function gzipSize(code: Uint8Array<ArrayBuffer>): Promise<number> {
  const zipped = new Blob([code]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(zipped).arrayBuffer()).byteLength;
}
