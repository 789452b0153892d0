import type { Operation } from "../operation.ts";

/** An authenticated `GET /user`: cookie opened, session looked up in the account's object. */
export const sessionCheck: Operation = {
  name: "session check",
  times: 300,
  prepare: async (client) => {
    const once = async () => {
      const page = await client.get("/user");
      if (page.status !== 200) throw new Error(`GET /user: ${page.status} ${page.text}`);
    };
    return await Promise.resolve({ once });
  },
};
