import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { inRoot } from "../../harness/paths.ts";
import { assertAccessible } from "./accessibility.ts";

const folder = inRoot("test-results", "browser");
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 780 } };

/** Where a picture goes: a folder that is not part of the repository. */
export function picture(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

/** Looks at a state in light and dark, wide and narrow: accessible in each, nothing wider than the window, a picture of each. */
export async function look(page: Page, state: string): Promise<void> {
  for (const [device, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: picture(`${state}-${device}-${colorScheme}`), animations: "disabled" });
      await assertAccessible(page, `${state}, ${device}, ${colorScheme}`);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) throw new Error(`${state}: ${overflow} px wider than a ${device} window`);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(sizes.desktop);
}

/** A picture of a failure, beside the others. */
export async function pictureOfFailure(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: picture(`failed-${name}`) }).catch(() => undefined);
}
