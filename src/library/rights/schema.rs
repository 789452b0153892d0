/// The tuples. The embedded evaluator finds them by object and relation (usersets apart), by user, and by type.
///
/// Where a service decides, they are what it was told, or is to be told: `pending` says what it does not know yet (`write`, `delete`),
/// and `sequence` tells a change from the one before it. That is the outbox: a row of it is written with the document's, in one unit.
pub const TABLES: &[&str] = &[
    "CREATE TABLE library_tuples (object_type TEXT NOT NULL, object_id TEXT NOT NULL, relation TEXT NOT NULL, user TEXT NOT NULL,
        userset INTEGER NOT NULL, condition TEXT, pending TEXT, sequence INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
        next_try INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (object_type, object_id, relation, user)) WITHOUT ROWID",
    "CREATE INDEX library_tuples_by_user ON library_tuples (user)",
    "CREATE INDEX library_tuples_of_usersets ON library_tuples (object_type, object_id, relation) WHERE userset = 1",
    "CREATE INDEX library_tuples_pending ON library_tuples (sequence) WHERE pending IS NOT NULL",
];

/// The services that decided once, and the tuples that each of them may have and that were deleted while another decided.
pub const DECIDERS: &[&str] = &[
    "CREATE TABLE library_services (name TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE library_untold_deletes (service TEXT NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, relation TEXT NOT NULL,
        user TEXT NOT NULL, PRIMARY KEY (service, object_type, object_id, relation, user)) WITHOUT ROWID",
];
