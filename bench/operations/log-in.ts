import { login } from "../../tests/harness/index.ts";
import type { Operation } from "../operation.ts";

/** From `/auth/login` over the tenant's form to a session, and the first page in it. */
export const logIn: Operation = {
  name: "log-in",
  // They have no tenant to log in at.
  beside: [],
  times: 20,
  prepare: async (_, { url, offline }) => {
    const user = await offline.user();
    return { once: async () => void (await login(url, user)) };
  },
};
