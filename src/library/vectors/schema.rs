/// Vectors by the number of their passage, as [`Vector::text`](deputy_documents::embeddings::Vector::text) has them; and which passages
/// have none yet, how often each was refused, and when it is tried next.
pub const TABLES: &[&str] = &[
    "CREATE TABLE vectors (chunk INTEGER PRIMARY KEY, vector TEXT NOT NULL)",
    "CREATE TABLE vectors_due (chunk INTEGER PRIMARY KEY, tries INTEGER NOT NULL DEFAULT 0, next_try INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX vectors_due_next ON vectors_due (next_try)",
];
