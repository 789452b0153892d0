// Custom token exchange: an Action, deployed, and the profile that calls it.
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../lib/log.mjs";
import { entryOf } from "../marks.mjs";
import { put } from "../snapshot.mjs";

export const scopes = {
  apply: ["create:actions", "update:actions", "create:token_exchange_profiles", "update:token_exchange_profiles"],
  destroy: ["delete:actions", "delete:token_exchange_profiles"],
};

/** How often it is asked whether the Action is built, a second apart. */
const PATIENCE = 60;

export function items(entry, context) {
  return [action(entry, context), deployment(entry, context), profile(entry, context)];
}

const find = ({ action }, { state }) => state.actions.find((known) => known.name === action.name);

function action(entry, context) {
  const { state } = context;
  const { api } = state;
  return {
    kind: "action",
    name: entry.action.name,
    why: entry.why,
    mark: { ledger: entryOf("action", entry.key, entry.action.name) },
    wanted: () => entry.action,
    find: () => find(entry, context),
    create: async () => void put(state.actions, await api.post("actions/actions", entry.action)),
    update: async (record, patch) => void put(state.actions, await api.patch(`actions/actions/${record.id}`, patch)),
    remove: async (record) => {
      await api.delete(`actions/actions/${record.id}`);
      state.actions = state.actions.filter(({ id }) => id !== record.id);
    },
  };
}

function deployment(entry, context) {
  const { api } = context.state;
  return {
    kind: "deployment",
    name: `of ${entry.action.name}`,
    why: entry.why,
    wanted: () => ({ all_changes_deployed: true }),
    find: () => find(entry, context) ?? {},
    update: async ({ id }) => {
      for (let asked = 1; ; asked += 1) {
        const { status } = await api.get(`actions/actions/${id}`);
        if (status === "built") break;
        if (status === "failed" || asked >= PATIENCE)
          throw new Problem(
            `The tenant could not build the Action ${entry.action.name} (${status})`,
            "Look at it in the dashboard: Actions, Library",
          );
        await sleep(1000);
      }
      await api.post(`actions/actions/${id}/deploy`, undefined, { again: true, patient: true });
      Object.assign(find(entry, context), { all_changes_deployed: true });
    },
  };
}

function profile(entry, context) {
  const { state } = context;
  const { api } = state;
  const { type, ...changeable } = entry.profile;
  return {
    kind: "profile",
    name: entry.profile.subject_token_type,
    why: entry.why,
    mark: { ledger: entryOf("profile", entry.key, entry.profile.subject_token_type) },
    wanted: () => entry.profile,
    find: () => state.profiles.find((known) => known.subject_token_type === entry.profile.subject_token_type),
    create: async () => {
      const body = { ...changeable, type, action_id: find(entry, context).id };
      put(state.profiles, await api.post("token-exchange-profiles", body, { patient: true }));
    },
    update: async (record, patch) => {
      await api.patch(`token-exchange-profiles/${record.id}`, patch);
      put(state.profiles, { ...record, ...patch });
    },
    remove: async (record) => {
      await api.delete(`token-exchange-profiles/${record.id}`);
      state.profiles = state.profiles.filter(({ id }) => id !== record.id);
    },
  };
}
