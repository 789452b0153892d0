// The tenant as it is: read once, and kept up to date by who changes it.

/** What of the tenant belongs to a description, and the scopes of reading it. */
const readers = {
  clients: { scopes: ["read:clients", "read:client_keys"], read: (api) => api.byNumber("clients", "clients") },
  apis: { scopes: ["read:resource_servers"], read: (api) => api.byNumber("resource-servers", "resource_servers") },
  grants: { scopes: ["read:client_grants"], read: (api) => api.byCheckpoint("client-grants", "client_grants") },
  connections: {
    scopes: ["read:connections", "read:connections_options"],
    read: (api) => api.byCheckpoint("connections", "connections"),
  },
  roles: { scopes: ["read:roles"], read: (api) => api.byNumber("roles", "roles") },
  actions: { scopes: ["read:actions"], read: (api) => api.byNumber("actions/actions", "actions") },
  profiles: {
    scopes: ["read:token_exchange_profiles"],
    read: (api) => api.byCheckpoint("token-exchange-profiles", "token_exchange_profiles"),
  },
  tenant: { scopes: ["read:tenant_settings"], read: (api) => api.get("tenants/settings") },
};

/** What has to be read for a description. */
export function needed(description) {
  const names = ["clients"];
  if (description.apis.length > 0) names.push("apis");
  if (description.applications.some(({ grants }) => grants?.length > 0)) names.push("grants");
  if (description.connections.length > 0) names.push("connections");
  if (description.roles.length > 0) names.push("roles");
  if (description.exchanges.length > 0) names.push("actions", "profiles");
  if (description.tenant.length > 0) names.push("tenant");
  return names;
}

/** The scopes of reading it. */
export const readingScopes = (names) => names.flatMap((name) => readers[name].scopes);

/** Reads what the description is about, with the applications of its connections and the permissions of its roles. */
export async function snapshot(api, description) {
  const state = { api, clients: [], apis: [], grants: [], connections: [], roles: [], actions: [], profiles: [], tenant: {} };
  state.enabled = new Map();
  state.permissions = new Map();
  for (const name of needed(description)) state[name] = await readers[name].read(api);
  for (const { name } of description.connections) await readEnabled(state, name);
  for (const { body } of description.roles) await readPermissions(state, body.name);
  return state;
}

/** Reads one kind of records again: somebody else changed them. */
export async function again(state, name) {
  state[name] = await readers[name].read(state.api);
}

async function readEnabled(state, name) {
  const connection = state.connections.find((known) => known.name === name);
  if (!connection || state.enabled.has(connection.id)) return;
  const clients = await state.api.byCheckpoint(`connections/${connection.id}/clients`, "clients");
  state.enabled.set(connection.id, new Set(clients.map(({ client_id }) => client_id)));
}

async function readPermissions(state, name) {
  const role = state.roles.find((known) => known.name === name);
  if (!role) return;
  const permissions = await state.api.byNumber(`roles/${role.id}/permissions`, "permissions");
  state.permissions.set(
    role.id,
    permissions.map((permission) => `${permission.resource_server_identifier} ${permission.permission_name}`),
  );
}

/** Puts a record in the place of the one with its id, or at the end. */
export function put(records, record, id = "id") {
  const index = records.findIndex((known) => known[id] === record[id]);
  if (index < 0) records.push(record);
  else records[index] = record;
  return record;
}
