/** The root of the repository, without a slash at its end. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const NOT_TESTS = new Set(["tests/bench", "tests/runtimes", "tests/tools"]);

/** Tests that start other programs, such as browsers, or write files; they run on Deno alone. */
const UNRESTRICTED = [
  "tests/browser",
  "tests/docs",
  "tests/errors",
  "tests/examples/workers_in_workerd_test.ts",
];

/** Folders and files whose tests need more than the library may have; they run on Deno alone. */
const PRIVILEGED = [
  "tests/interop",
  "tests/readme",
  "tests/reference",
  "tests/examples/demo_test.ts",
  "tests/examples/processes_test.ts",
];

/**
 * Lists the test files whose path contains the filter, in a stable order.
 *
 * @param filter Part of a path, such as `"token"` or `"tests/token/jwt_test.ts"`.
 */
export function findTestFiles(filter: string): string[] {
  return testFiles(filter).filter((path) => !isIn(PRIVILEGED, path) && !isIn(UNRESTRICTED, path));
}

/** Lists the test files that only run on Deno, with wider permissions. */
export function findPrivilegedTestFiles(filter: string): string[] {
  return testFiles(filter).filter((path) => isIn(PRIVILEGED, path));
}

/** Lists the test files that need every permission. */
export function findUnrestrictedTestFiles(filter: string): string[] {
  return testFiles(filter).filter((path) => isIn(UNRESTRICTED, path));
}

function testFiles(filter: string): string[] {
  const wanted = filter.replace(/^\.\//, "");
  return filesBelow("tests")
    .filter((path) => path.endsWith("_test.ts") && path.includes(wanted))
    .sort();
}

function isIn(places: readonly string[], path: string): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}/${folder}`)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (!isDirectory) return [path];
    return NOT_TESTS.has(path) ? [] : filesBelow(path);
  });
}
