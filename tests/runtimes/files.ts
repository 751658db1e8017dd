/** The root of the repository, without a slash at its end. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const NOT_TESTS = new Set(["tests/bench", "tests/interop", "tests/runtimes", "tests/tools"]);

/**
 * Lists the test files below a folder whose path contains the filter, in a stable order.
 *
 * @param filter Part of a path, such as `"token"` or `"tests/token/jwt_test.ts"`.
 * @param folder A folder as seen from the root.
 */
export function findTestFiles(filter: string, folder = "tests"): string[] {
  const wanted = filter.replace(/^\.\//, "");
  return filesBelow(folder)
    .filter((path) => path.endsWith("_test.ts") && path.includes(wanted))
    .sort();
}

function filesBelow(folder: string): string[] {
  if (!exists(folder)) return [];
  return [...Deno.readDirSync(`${ROOT}/${folder}`)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (!isDirectory) return [path];
    return NOT_TESTS.has(path) ? [] : filesBelow(path);
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}
