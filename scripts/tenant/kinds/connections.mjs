// Connections and the applications they are enabled for.
import { Problem } from "../../lib/log.mjs";
import { MARK, markOf } from "../marks.mjs";
import { put } from "../snapshot.mjs";
import { find as findApplication } from "./applications.mjs";

export const scopes = {
  apply: ["create:connections", "update:connections", "update:connections_options"],
  destroy: ["delete:connections"],
};

export function items(entry, context) {
  return [connection(entry, context), ...(entry.applications ? [enabled(entry, context)] : [])];
}

const find = ({ name }, { state }) => state.connections.find((known) => known.name === name);

/** The provider's client of the environment; undefined where it is not set, or the connection has none. */
function credentials({ credentials: names }, environment) {
  const filled = Object.entries(names ?? {}).map(([member, name]) => [member, environment[name]]);
  return filled.length > 0 && filled.every(([, value]) => value) ? Object.fromEntries(filled) : undefined;
}

function connection(entry, context) {
  const { state, environment } = context;
  const { api } = state;
  const provider = credentials(entry, environment);
  const wanted = () => {
    if (!provider) return entry.body;
    const { options = {} } = find(entry, context) ?? {};
    // A secret that the tenant does not show cannot be compared.
    const hidden = options.client_id === provider.client_id && options.client_secret === undefined;
    return { ...entry.body, options: { ...entry.body.options, ...(hidden ? { client_id: provider.client_id } : provider) } };
  };
  return {
    kind: "connection",
    name: entry.name,
    why: entry.why,
    mark: { is: (record) => markOf(record.metadata) === entry.key },
    // Without the provider's client it could do nothing.
    skip: () =>
      entry.existing
        ? "there is no such connection"
        : entry.credentials && !provider
          ? `set ${Object.values(entry.credentials).join(" and ")} in the environment to create it`
          : undefined,
    wanted,
    find: () => find(entry, context),
    create: async () => {
      const { name, strategy } = entry;
      const { options, ...rest } = wanted();
      const body = { name, strategy, ...rest, options: { ...entry.create?.options, ...options }, metadata: { [MARK]: entry.key } };
      const record = put(state.connections, await api.post("connections", body));
      state.enabled.set(record.id, new Set());
    },
    update: async (record, patch) => {
      const body = patch.options ? { ...patch, options: whole(entry, record, patch.options, provider) } : patch;
      put(state.connections, await api.patch(`connections/${record.id}`, body));
    },
    remove: async (record) => {
      await api.delete(`connections/${record.id}`);
      state.connections = state.connections.filter(({ id }) => id !== record.id);
    },
  };
}

/** Options are replaced as a whole: the patch has the present ones too, and the secret, which the tenant may not have shown. */
function whole({ name, credentials: names }, record, options, provider) {
  if (provider || !names || !options.client_id || options.client_secret !== undefined) return { ...options, ...provider };
  throw new Problem(
    `The tenant does not show the secret of the connection ${name}, and a change of its options would delete it`,
    `Set ${Object.values(names).join(" and ")} in the environment`,
  );
}

function enabled(entry, context) {
  const { state, description } = context;
  const applications = description.applications.filter(({ key }) => entry.applications.includes(key));
  return {
    kind: "applications",
    name: `of ${entry.name}`,
    why: entry.why,
    skip: () => (find(entry, context) || !entry.credentials ? undefined : "the connection is not there"),
    wanted: () => ({ enabled: applications.map(({ body }) => body.name) }),
    find: () => {
      const known = find(entry, context);
      if (!known) return undefined;
      const ids = state.enabled.get(known.id) ?? new Set();
      return {
        enabled: applications.filter((application) => ids.has(findApplication(application, context)?.client_id)).map(({ body }) => body.name),
      };
    },
    create: async () => change(find(entry, context)),
    update: async () => change(find(entry, context)),
  };

  async function change(known) {
    const ids = applications.map((application) => findApplication(application, context).client_id);
    await state.api.patch(
      `connections/${known.id}/clients`,
      ids.map((client_id) => ({ client_id, status: true })),
      { patient: true },
    );
    state.enabled.set(known.id, new Set([...(state.enabled.get(known.id) ?? []), ...ids]));
  }
}
