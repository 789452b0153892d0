use std::rc::Rc;

use deputy_mcp::server::session::{SessionStore, StoreFailed};
use deputy_platform::log::{Level, note};
use deputy_platform::ports::{Sql, SqlError};
use serde::Deserialize;

/// Where a session is kept: SQLite of its object.
pub struct Store<Q> {
    sql: Rc<Q>,
    now: fn() -> u64,
}

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL,
        at INTEGER NOT NULL, message TEXT NOT NULL)",
];

impl<Q: Sql> Store<Q> {
    /// The store of an object that has none.
    pub fn create(sql: Rc<Q>, now: fn() -> u64) -> Result<Self, StoreFailed> {
        for statement in SCHEMA {
            sql.exec(statement, &[]).map_err(failed)?;
        }
        Ok(Self { sql, now })
    }

    /// The store of an object, if it has one: under ids that somebody made up nothing is written.
    pub fn open(sql: Rc<Q>, now: fn() -> u64) -> Result<Option<Self>, StoreFailed> {
        let find = "SELECT 1 AS value FROM sqlite_master WHERE type = 'table' AND name = 'events'";
        let there = sql.exists(find, &[]).map_err(failed)?;
        Ok(there.then_some(Self { sql, now }))
    }
}

impl<Q: Sql> SessionStore for Store<Q> {
    fn now(&self) -> u64 {
        (self.now)()
    }

    fn document(&self, name: &str) -> Result<Option<String>, StoreFailed> {
        self.sql.text("SELECT text AS value FROM documents WHERE name = ?", &[name.into()]).map_err(failed)
    }

    fn documents(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreFailed> {
        #[derive(Deserialize)]
        struct Row {
            name: String,
            text: String,
        }
        let query = "SELECT name, text FROM documents WHERE substr(name, 1, length(?)) = ? ORDER BY name";
        let rows = self.sql.rows::<Row>(query, &[prefix.into(), prefix.into()]).map_err(failed)?;
        Ok(rows.into_iter().map(|Row { name, text }| (name, text)).collect())
    }

    fn count(&self, prefix: &str) -> Result<u64, StoreFailed> {
        let query = "SELECT COUNT(*) AS value FROM documents WHERE substr(name, 1, length(?)) = ?";
        self.sql.number(query, &[prefix.into(), prefix.into()]).map_err(failed).map(Option::unwrap_or_default)
    }

    fn keep(&self, name: &str, text: &str) -> Result<(), StoreFailed> {
        let statement =
            "INSERT INTO documents (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text";
        self.sql.exec(statement, &[name.into(), text.into()]).map_err(failed)
    }

    fn forget(&self, name: &str) -> Result<(), StoreFailed> {
        self.sql.exec("DELETE FROM documents WHERE name = ?", &[name.into()]).map_err(failed)
    }

    fn append(&self, stream: u64, message: &str) -> Result<u64, StoreFailed> {
        let statement = "INSERT INTO events (stream, at, message) VALUES (?, ?, ?) RETURNING number AS value";
        let number = self.sql.number(statement, &[stream.into(), self.now().into(), message.into()]).map_err(failed)?;
        number.ok_or(StoreFailed)
    }

    fn after(&self, stream: u64, number: u64) -> Result<Vec<(u64, String)>, StoreFailed> {
        #[derive(Deserialize)]
        struct Row {
            number: u64,
            message: String,
        }
        let query = "SELECT number, message FROM events WHERE stream = ? AND number > ? ORDER BY number";
        let rows = self.sql.rows::<Row>(query, &[stream.into(), number.into()]).map_err(failed)?;
        Ok(rows.into_iter().map(|Row { number, message }| (number, message)).collect())
    }

    fn prune(&self, before: u64) -> Result<(), StoreFailed> {
        self.sql.exec("DELETE FROM events WHERE at < ?", &[before.into()]).map_err(failed)
    }
}

fn failed(error: SqlError) -> StoreFailed {
    note(Level::Error, "mcp_session_storage", None, Some(&error.to_string()));
    StoreFailed
}

#[cfg(test)]
mod tests {
    use deputy_platform::testing::FakeHost;

    use super::*;

    fn store() -> (Rc<FakeHost>, Store<FakeHost>) {
        let host = Rc::new(FakeHost::new());
        assert!(Store::open(Rc::clone(&host), || 1000).unwrap().is_none(), "nothing is made by looking");
        let store = Store::create(Rc::clone(&host), || 1000).unwrap();
        (host, store)
    }

    #[test]
    fn mc_17_documents_outlive_the_object() {
        let (host, store) = store();
        store.keep("call/1", "a").unwrap();
        store.keep("call/1", "b").unwrap();
        store.keep("call_2", "c").unwrap();
        let again = Store::open(host, || 1000).unwrap().unwrap();
        assert_eq!(again.document("call/1").unwrap().as_deref(), Some("b"));
        assert_eq!(again.documents("call/").unwrap(), [("call/1".to_owned(), "b".to_owned())]);
        assert_eq!((again.count("call/").unwrap(), again.count("other/").unwrap()), (1, 0));
        again.forget("call/1").unwrap();
        assert_eq!(again.document("call/1").unwrap(), None);
    }

    #[test]
    fn mc_17_numbers_of_events_are_never_given_twice() {
        let (_, store) = store();
        let first = store.append(1, "a").unwrap();
        let second = store.append(2, "b").unwrap();
        let third = store.append(1, "c").unwrap();
        assert!(first < second && second < third);
        assert_eq!(store.after(1, first).unwrap(), [(third, "c".to_owned())]);
        store.prune(1000).unwrap();
        assert_eq!(store.after(1, 0).unwrap().len(), 2, "they are not older than that");
        store.prune(1001).unwrap();
        assert_eq!(store.after(1, 0).unwrap(), []);
        assert!(store.append(1, "d").unwrap() > third);
    }
}
