/**
 * Packs a folder with `npm pack` into `dist/`, and removes it. Left there, it would be taken for sources.
 *
 * @returns The path of the tarball, from the root of the repository, which has to be the current folder.
 */
export async function npmPack(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", `./${folder}`, "--pack-destination=dist", "--json", "--ignore-scripts"],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
  const [{ filename, size, entryCount }] = JSON.parse(new TextDecoder().decode(stdout));
  console.log(`dist/${filename}: ${entryCount} files, ${Math.round(size / 1000)} kB`);
  return `dist/${filename}`;
}
