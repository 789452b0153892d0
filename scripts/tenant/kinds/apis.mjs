// APIs (resource servers).
import { entryOf } from "../marks.mjs";
import { put } from "../snapshot.mjs";

export const scopes = { apply: ["create:resource_servers", "update:resource_servers"], destroy: ["delete:resource_servers"] };

export function items(entry, { state }) {
  const { api } = state;
  const { identifier } = entry.body;
  return [
    {
      kind: "api",
      name: entry.body.name ?? identifier,
      why: entry.why,
      // What Auth0 has of its own is activated, and stays so.
      mark: entry.system ? undefined : { ledger: entryOf("api", entry.key, identifier) },
      wanted: () => entry.body,
      find: () => state.apis.find((known) => known.identifier === identifier),
      create: async () => void put(state.apis, await api.post("resource-servers", entry.create ?? entry.body)),
      update: async (record, patch) => void put(state.apis, await api.patch(`resource-servers/${record.id}`, patch, { patient: true })),
      remove: async (record) => {
        await api.delete(`resource-servers/${record.id}`);
        state.apis = state.apis.filter(({ id }) => id !== record.id);
      },
    },
  ];
}
