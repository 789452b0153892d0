// Applications, their settings in the settings file, and their grants.
import { Problem } from "../../lib/log.mjs";
import { MARK, markOf } from "../marks.mjs";
import { put } from "../snapshot.mjs";

export const scopes = {
  apply: ["create:clients", "update:clients", "create:client_grants", "update:client_grants"],
  destroy: ["update:clients", "delete:clients"],
};

/** Items of an application: itself, its settings, its grants. */
export function items(entry, context) {
  return [
    application(entry, context),
    ...(entry.settings ? [settings(entry, context)] : []),
    ...(entry.grants ?? []).map((grant) => grantOf(entry, grant, context)),
  ];
}

/** The application of an entry: the one with its mark, else the one that the settings name. */
export function find({ key, settings }, { state, vars }) {
  const marked = state.clients.find((client) => markOf(client.client_metadata) === key);
  const [name] = Object.entries(settings ?? {}).find(([, value]) => value === "{client_id}") ?? [];
  return marked ?? state.clients.find((client) => name !== undefined && client.client_id === vars()[name]);
}

function application(entry, context) {
  const { state } = context;
  const { api } = state;
  const standsFor = entry.body.resource_server_identifier;
  return {
    kind: "application",
    name: entry.body.name,
    /** Whether what else was made is written down with it. */
    remembers: entry.key === "web",
    why: entry.why,
    mark: { is: (record) => markOf(record.client_metadata) === entry.key },
    wanted: () => entry.body,
    find: () => find(entry, context),
    create: async () => {
      const record = await api.post("clients", { ...entry.body, client_metadata: { [MARK]: entry.key } }, { patient: standsFor !== undefined });
      put(state.clients, record, "client_id");
      // Its secret is kept before anything else happens.
      if (entry.settings) context.write(values(entry, record));
    },
    update: async (record, patch) => {
      if ("resource_server_identifier" in patch)
        throw new Problem(
          `The application ${entry.body.name} stands for ${record.resource_server_identifier}, which cannot be changed to ${standsFor}`,
          "Delete it in the dashboard and run apply again, or set the audience back",
        );
      const { client_secret } = record;
      put(state.clients, { client_secret, ...(await api.patch(`clients/${record.client_id}`, patch)) }, "client_id");
    },
    remove: async (record) => {
      await api.delete(`clients/${record.client_id}`);
      state.clients = state.clients.filter(({ client_id }) => client_id !== record.client_id);
      if (entry.settings) context.forget(entry.settings, record);
    },
  };
}

function settings(entry, context) {
  const wanted = () => {
    const record = find(entry, context);
    return values(entry, record ?? { client_id: "(known once it is there)", client_secret: "(known once it is there)" });
  };
  return {
    kind: "settings",
    name: `of ${entry.body.name}`,
    why: [],
    wanted,
    find: () => context.vars(),
    update: async () => {
      const record = find(entry, context);
      // The list shows no secret to who may not read keys.
      const whole = record.client_secret ? record : await context.state.api.get(`clients/${record.client_id}`);
      context.write(values(entry, whole));
    },
  };
}

/** The settings that an application brings. What the tenant does not show is left as it is. */
function values({ settings }, { client_id, client_secret }) {
  const filled = Object.entries(settings).map(([name, text]) => [name, { "{client_id}": client_id, "{client_secret}": client_secret }[text] ?? text]);
  return Object.fromEntries(filled.filter(([, value]) => value !== "{client_secret}"));
}

function grantOf(entry, { audience, scope, subject_type }, context) {
  const { state } = context;
  const { api } = state;
  const find_ = () => {
    const client = find(entry, context);
    return state.grants.find(
      (grant) => grant.client_id === client?.client_id && grant.audience === audience && (grant.subject_type ?? "client") === subject_type,
    );
  };
  return {
    kind: "grant",
    name: `${entry.body.name} at ${audience}`,
    why: entry.why,
    // It is the application's: of one that was taken over it loses nothing.
    mark: { is: () => markOf(find(entry, context)?.client_metadata) === entry.key },
    wanted: () => ({ scope }),
    find: find_,
    create: async () => {
      const { client_id } = find(entry, context);
      put(state.grants, await api.post("client-grants", { client_id, audience, scope, subject_type }, { patient: true }));
    },
    update: async (record, patch) => void put(state.grants, await api.patch(`client-grants/${record.id}`, patch)),
  };
}
