// Settings of the tenant itself. They are changed and never removed: others may rely on them.
import { patchOf } from "../difference.mjs";

export const scopes = { apply: ["update:tenant_settings"], destroy: [] };

export function items(entry, { state }) {
  return [
    {
      kind: "tenant",
      name: "settings of the tenant",
      why: entry.why,
      wanted: () => entry.body,
      find: () => state.tenant,
      update: async (record, changes) => {
        state.tenant = await state.api.patch("tenants/settings", only(patchOf(entry.body, changes, record), entry.body));
      },
    },
  ];
}

/** Flags are merged by the API, and not every one that it shows may be sent. */
function only(patch, body) {
  return patch.flags ? { ...patch, flags: body.flags } : patch;
}
