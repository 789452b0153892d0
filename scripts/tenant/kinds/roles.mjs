// Roles and what they permit.
import { entryOf } from "../marks.mjs";
import { put } from "../snapshot.mjs";

export const scopes = { apply: ["create:roles", "update:roles"], destroy: ["delete:roles"] };

export function items(entry, context) {
  return [role(entry, context), permissions(entry, context)];
}

const find = ({ body }, { state }) => state.roles.find((known) => known.name === body.name);

function role(entry, context) {
  const { state } = context;
  const { api } = state;
  return {
    kind: "role",
    name: entry.body.name,
    why: entry.why,
    mark: { ledger: entryOf("role", entry.key, entry.body.name) },
    wanted: () => entry.body,
    find: () => find(entry, context),
    create: async () => void put(state.roles, await api.post("roles", entry.body)),
    update: async (record, patch) => void put(state.roles, await api.patch(`roles/${record.id}`, patch)),
    remove: async (record) => {
      await api.delete(`roles/${record.id}`);
      state.roles = state.roles.filter(({ id }) => id !== record.id);
    },
  };
}

function permissions(entry, context) {
  const { state } = context;
  const wanted = Object.entries(entry.permissions).flatMap(([api, names]) => names.map((name) => `${api} ${name}`));
  const found = () => state.permissions.get(find(entry, context)?.id) ?? [];
  const named = (list) => ({
    permissions: list.map((text) => {
      const [resource_server_identifier, permission_name] = text.split(" ");
      return { resource_server_identifier, permission_name };
    }),
  });
  return {
    kind: "permissions",
    name: `of ${entry.body.name}`,
    why: entry.why,
    mark: { ledger: entryOf("role", entry.key, entry.body.name) },
    wanted: () => ({ permissions: wanted }),
    find: () => ({ permissions: found() }),
    update: async (record, { permissions }) => {
      const { id } = find(entry, context);
      const more = permissions.filter((text) => !found().includes(text));
      const less = found().filter((text) => !permissions.includes(text));
      if (more.length > 0) await state.api.post(`roles/${id}/permissions`, named(more), { again: true, patient: true });
      if (less.length > 0) await state.api.delete(`roles/${id}/permissions`, named(less));
      state.permissions.set(id, permissions);
    },
  };
}
