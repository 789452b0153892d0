use super::{rights, sharing, vectors};

/// Every version's statements, in order. A version that was released is never edited; a change is a new entry.
pub const MIGRATIONS: &[&[&str]] = &[DOCUMENTS, rights::TABLES, sharing::TABLES, rights::DECIDERS, vectors::TABLES];

/// Documents, their passages, their folders.
///
/// A row may have 2 MB, so a text is in parts. `owner` is the subject who brought something, for the limits: what they may is asked of FGA.
const DOCUMENTS: &[&str] = &[
    "CREATE TABLE documents (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, folder TEXT, owner TEXT NOT NULL,
        media_type TEXT NOT NULL, characters INTEGER NOT NULL, chunks INTEGER NOT NULL, created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL)",
    "CREATE INDEX documents_by_folder ON documents (folder)",
    "CREATE INDEX documents_by_owner ON documents (owner)",
    "CREATE TABLE contents (document INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (document, part))
        WITHOUT ROWID",
    "CREATE TABLE chunks (number INTEGER PRIMARY KEY, document INTEGER NOT NULL, position INTEGER NOT NULL, heading TEXT NOT NULL,
        text TEXT NOT NULL, start_at INTEGER NOT NULL, end_at INTEGER NOT NULL, UNIQUE (document, position))",
    deputy_documents::search::SCHEMA,
    "CREATE TABLE folders (id TEXT PRIMARY KEY, title TEXT NOT NULL, parent TEXT, owner TEXT NOT NULL, created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX folders_by_parent ON folders (parent)",
    "CREATE INDEX folders_by_owner ON folders (owner)",
];
