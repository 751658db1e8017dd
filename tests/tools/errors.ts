/**
 * Writes the tables of `docs/errors.md` anew.
 *
 * @module
 */
import { withErrors } from "../docs/support/error_table.ts";

const FILE = new URL("../../docs/errors.md", import.meta.url);

Deno.writeTextFileSync(FILE, withErrors(Deno.readTextFileSync(FILE)));
const { success } = new Deno.Command(Deno.execPath(), {
  args: ["fmt", "--quiet", FILE.pathname],
}).outputSync();
if (!success) Deno.exit(1);
