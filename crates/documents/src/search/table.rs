/// The table. It holds no text of its own: rows are found by `rowid`, the number of a passage in the table that has its text.
/// `contentless_delete` lets rows be removed and replaced all the same.
pub const SCHEMA: &str = r#"CREATE VIRTUAL TABLE IF NOT EXISTS library_search USING fts5(
    title, heading, text,
    content = '', contentless_delete = 1,
    tokenize = "porter unicode61 remove_diacritics 2"
)"#;

/// Writes a passage, or writes it anew: number, then title, heading path and text, each of them through
/// [`index_text`](super::index_text). A virtual table converts nothing: a number that is bound as REAL, as from JavaScript, would be no
/// `rowid`.
pub const INSERT: &str =
    "INSERT OR REPLACE INTO library_search (rowid, title, heading, text) VALUES (CAST(?1 AS INTEGER), ?2, ?3, ?4)";

/// The numbers of the passages for a [`fts_query`](super::fts_query), the best first: how many at most, after how many. A word in a title
/// or heading counts twice.
pub const SEARCH: &str = "SELECT rowid FROM library_search WHERE library_search MATCH ?1 AND rank MATCH 'bm25(2.0, 2.0, 1.0)' \
     ORDER BY rank LIMIT ?2 OFFSET ?3";

/// Which of these passages (numbers as a JSON array) have one of the [`words`](super::words) of a question, in whatever form.
pub const FOUND: &str =
    "SELECT rowid FROM library_search WHERE library_search MATCH ?1 AND rowid IN (SELECT value FROM json_each(?2))";
