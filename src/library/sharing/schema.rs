/// Whom a document or folder is shared with: everybody (`*`), or an e-mail address, which is an invitation until it is bound to a user.
/// `object` is an FGA object: `doc:…`, `folder:…`.
pub const TABLES: &[&str] = &[
    "CREATE TABLE shares (id TEXT PRIMARY KEY, object TEXT NOT NULL, shared_with TEXT NOT NULL, bound_to TEXT,
        created_at INTEGER NOT NULL, UNIQUE (object, shared_with)) WITHOUT ROWID",
    "CREATE INDEX invitations ON shares (shared_with) WHERE bound_to IS NULL",
];
