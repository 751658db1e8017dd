/**
 * Writes the logs in the guides anew.
 *
 * @module
 */
import { logsIn, withLogs } from "../docs/support/log_scenes.ts";

const FOLDER = new URL("../../docs/", import.meta.url);

for (const { name } of Deno.readDirSync(FOLDER)) {
  if (!name.endsWith(".md")) continue;
  const file = new URL(name, FOLDER);
  const text = Deno.readTextFileSync(file);
  if (logsIn(text).length > 0) Deno.writeTextFileSync(file, await withLogs(text));
}
