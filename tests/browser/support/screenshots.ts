import type { Page } from "playwright-core";

/** Keeps a picture of a page in the folder that `SCREENSHOTS` names, if it does. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("SCREENSHOTS");
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
