//! What the tables of every object begin with: a `meta` table, and in it the version of the rest.

use crate::platform::ports::{Sql, SqlError};

/// The key of `meta` that holds the version of the tables.
const VERSION: &str = "schema_version";

/// Brings an object's tables to the version its build writes: the number of `migrations`, each a list of statements. Cheap when
/// they are there already. A version that was released is never edited; a change is a new entry.
///
/// Errors: the statement that failed, or a database of a newer version than this build knows.
pub fn migrate(sql: &impl Sql, migrations: &[&[&str]]) -> Result<(), SqlError> {
    sql.exec("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)", &[])?;
    let version = meta(sql, VERSION)?.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let current = migrations.len() as u64;
    if version > current {
        return Err(SqlError(format!("the tables have version {version}, this build knows {current}")));
    }
    for (number, statements) in (1_u64..).zip(migrations).filter(|(number, _)| *number > version) {
        for statement in *statements {
            sql.exec(statement, &[])?;
        }
        set_meta(sql, VERSION, &number.to_string())?;
    }
    Ok(())
}

/// A value of the `meta` table.
pub fn meta(sql: &impl Sql, key: &str) -> Result<Option<String>, SqlError> {
    sql.text("SELECT value FROM meta WHERE key = ?", &[key.into()])
}

/// Sets a value of the `meta` table.
pub fn set_meta(sql: &impl Sql, key: &str, value: &str) -> Result<(), SqlError> {
    sql.exec("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", &[key.into(), value.into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::FakeHost;

    const ONE: &[&[&str]] = &[&["CREATE TABLE a (id TEXT)"]];
    const TWO: &[&[&str]] =
        &[&["CREATE TABLE a (id TEXT)"], &["ALTER TABLE a ADD COLUMN b TEXT", "CREATE TABLE c (d TEXT)"]];

    #[test]
    fn each_version_is_made_once_and_rows_stay() {
        let host = FakeHost::new();
        migrate(&host, ONE).unwrap();
        host.exec("INSERT INTO a VALUES ('x')", &[]).unwrap();
        migrate(&host, TWO).unwrap();
        migrate(&host, TWO).unwrap();
        assert_eq!(meta(&host, VERSION).unwrap().as_deref(), Some("2"));
        assert_eq!(host.texts("SELECT id AS value FROM a WHERE b IS NULL", &[]).unwrap(), ["x"]);
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let host = FakeHost::new();
        migrate(&host, TWO).unwrap();
        assert!(migrate(&host, ONE).unwrap_err().0.contains("version 2"));
        assert_eq!(meta(&host, VERSION).unwrap().as_deref(), Some("2"));
    }

    #[test]
    fn a_statement_that_fails_is_tried_again_the_next_time() {
        let host = FakeHost::new();
        let broken: &[&[&str]] = &[&["CREATE TABLE a (id TEXT)"], &["ALTER TABLE nothing ADD COLUMN b TEXT"]];
        assert!(migrate(&host, broken).is_err());
        assert_eq!(meta(&host, VERSION).unwrap().as_deref(), Some("1"));
        migrate(&host, TWO).unwrap();
    }
}
