import { AssertionError } from "node:assert";

/** Waits until `check` holds; fails with `message` when it does not within `timeout` milliseconds. */
export async function expectThat(check: () => Promise<boolean>, message: () => Promise<string>, timeout = 10_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await check())) {
    if (Date.now() > deadline) throw new AssertionError({ message: await message() });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
