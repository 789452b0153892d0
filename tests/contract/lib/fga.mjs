// What the clients of OpenFGA's API are tried with.

/** The client of the offline tenant that may have tokens for the FGA API. */
export const fgaClient = { id: "deputy-offline-fga", secret: "offline-fga-secret-not-a-real-one" };
export const presharedKey = "offline-preshared-key-not-a-real-one";
/** The store that is there from the start, with the model of documents and folders. */
export const seededStore = "01JZ0000000000000000000001";

/** Where the API is, and the audience of its tokens: the same with a slash at its end. */
export const apiUrl = (world) => `http://localhost:${world.ports.fga}`;
export const audience = (world) => `${apiUrl(world)}/`;
export const tokenIssuer = (world) => `http://localhost:${world.ports.tenant}`;

/** The store file of documents, groups and a time-bound grant, as the `fga` command line takes it. */
export const dsl = `model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type doc
  relations
    define owner: [user]
    define viewer: [user, user:*, group#member, user with until]
    define blocked: [user]
    define can_view: (owner or viewer) but not blocked

condition until(now: timestamp, end: timestamp) {
  now < end
}
`;

const direct = (...users) => ({ directly_related_user_types: users });
const computed = (relation) => ({ computedUserset: { relation } });

/** The same as JSON. */
export const model = {
  schema_version: "1.1",
  type_definitions: [
    { type: "user" },
    {
      type: "group",
      relations: { member: { this: {} } },
      metadata: { relations: { member: direct({ type: "user" }, { type: "group", relation: "member" }) } },
    },
    {
      type: "doc",
      relations: {
        owner: { this: {} },
        viewer: { this: {} },
        blocked: { this: {} },
        can_view: { difference: { base: { union: { child: [computed("owner"), computed("viewer")] } }, subtract: computed("blocked") } },
      },
      metadata: {
        relations: {
          owner: direct({ type: "user" }),
          viewer: direct(
            { type: "user" },
            { type: "user", wildcard: {} },
            { type: "group", relation: "member" },
            { type: "user", condition: "until" },
          ),
          blocked: direct({ type: "user" }),
        },
      },
    },
  ],
  conditions: {
    until: {
      name: "until",
      expression: "now < end",
      parameters: { now: { type_name: "TYPE_NAME_TIMESTAMP" }, end: { type_name: "TYPE_NAME_TIMESTAMP" } },
    },
  },
};
