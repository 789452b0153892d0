// Settings of the tenant itself. They are changed and never removed: others may rely on them.
export const scopes = { apply: ["update:tenant_settings"], destroy: [] };

export function items(entry, { state }) {
  return [
    {
      kind: "tenant",
      name: "settings",
      why: entry.why,
      wanted: () => entry.body,
      find: () => state.tenant,
      // Flags are merged, and not every one that is shown may be sent.
      update: async (record, patch) => {
        state.tenant = await state.api.patch("tenants/settings", patch.flags ? { ...patch, flags: entry.body.flags } : patch);
      },
    },
  ];
}
