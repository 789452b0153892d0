//! The log in SQLite. One table: rows of the running turn are appended, and replaced by one finished message.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_agent::{Branch, Change, LoggedRows, MAX_BRANCHES, RECORD_VERSION, Record, StoreError};
use deputy_http::json;
use deputy_wire::Message;
use serde::Deserialize;

use crate::objects;
use crate::platform::ports::{Sql, SqlError};

/// Every version's statements, in order. A version that was released is never edited; a change is a new entry.
const MIGRATIONS: &[&[&str]] = &[
    &[
        "CREATE TABLE log (seq INTEGER PRIMARY KEY AUTOINCREMENT, turn TEXT, message TEXT, version INTEGER NOT NULL,
        body TEXT NOT NULL)",
        "CREATE TABLE schedules (id TEXT PRIMARY KEY, body TEXT NOT NULL, next_run INTEGER NOT NULL)",
    ],
    &[
        "ALTER TABLE log ADD COLUMN call TEXT",
        "ALTER TABLE log ADD COLUMN branch INTEGER",
        "CREATE TABLE branches (id INTEGER PRIMARY KEY AUTOINCREMENT, after TEXT)",
    ],
    &["CREATE TABLE uncollected (digest TEXT PRIMARY KEY, call TEXT NOT NULL, at INTEGER NOT NULL)"],
];

/// Brings the tables to the current version.
///
/// Errors: the statement that failed, or a database of a newer version than this build knows.
pub fn migrate(sql: &impl Sql) -> Result<(), SqlError> {
    objects::migrate(sql, MIGRATIONS)
}

/// Removes a value of the `meta` table.
pub fn delete_meta(sql: &impl Sql, key: &str) -> Result<(), SqlError> {
    sql.exec("DELETE FROM meta WHERE key = ?", &[key.into()])
}

/// The log of one chat.
pub struct Log<S> {
    sql: Rc<S>,
    /// The running turn and the row that started it: its rows are found by key range, not by a scan.
    turn: RefCell<Option<(String, u64)>>,
}

impl<S: Sql> Log<S> {
    /// The log in this database, whose tables are up to date.
    pub fn new(sql: Rc<S>) -> Self {
        Self { sql, turn: RefCell::default() }
    }

    /// Everything that is written, in order: earlier branches first. A row that this build cannot read is counted and stays in the
    /// table: the chat is then only read.
    pub fn load(&self) -> Result<LoggedRows, StoreError> {
        #[derive(Deserialize)]
        struct Row {
            seq: u64,
            version: u32,
            body: String,
            branch: Option<u64>,
        }
        #[derive(Deserialize)]
        struct BranchRow {
            id: u64,
            after: Option<String>,
        }
        let branches: Vec<BranchRow> =
            self.sql.rows("SELECT id, after FROM branches ORDER BY id", &[]).map_err(stored)?;
        let mut branches: Vec<(u64, Branch)> =
            branches.into_iter().map(|row| (row.id, Branch { after: row.after, messages: Vec::new() })).collect();
        let query = "SELECT seq, version, body, branch FROM log ORDER BY seq";
        let rows: Vec<Row> = self.sql.rows(query, &[]).map_err(stored)?;
        let (mut changes, mut unreadable) = (Vec::with_capacity(rows.len()), 0_usize);
        for row in rows {
            let Ok(record) = Record::read(row.version, &row.body) else {
                unreadable = unreadable.saturating_add(1);
                continue;
            };
            match (record, row.branch) {
                (Record::Message { message }, Some(branch)) => {
                    let left = branches.iter_mut().find(|(id, _)| *id == branch);
                    left.into_iter().for_each(|(_, left)| left.messages.push(message.clone()));
                }
                (record, _) => {
                    if let Record::TurnStarted { turn } = &record {
                        *self.turn.borrow_mut() = Some((turn.id.clone(), row.seq));
                    }
                    changes.push(Change::Append(record));
                }
            }
        }
        let branched = branches.into_iter().map(|(_, branch)| Change::Branched(branch));
        Ok(LoggedRows { changes: branched.chain(changes).collect(), unreadable })
    }

    /// Writes changes. The caller wraps several in one transaction.
    pub fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        for change in changes {
            self.apply(change).map_err(stored)?;
        }
        Ok(())
    }

    fn apply(&self, change: &Change) -> Result<(), SqlError> {
        match change {
            Change::Append(record) => self.append(record),
            Change::EndTurn { turn, message, .. } => {
                let from = self.start_of(turn)?;
                self.sql.exec("DELETE FROM log WHERE seq >= ? AND turn = ?", &[from.into(), turn.as_str().into()])?;
                if let Some(message) = message {
                    let id = message.id.clone();
                    let record = Record::Message { message: message.clone() };
                    self.insert(Some(from), None, Some(&id), &record)?;
                }
                self.turn.borrow_mut().take_if(|(running, _)| running == turn);
                Ok(())
            }
            Change::Unpark { call_id, message, .. } => {
                self.sql.exec("DELETE FROM log WHERE call = ?", &[call_id.as_str().into()])?;
                self.rewrite(message)
            }
            Change::Told { message } => self.rewrite(message),
            Change::Branch { from } => self.leave(from),
            Change::Branched(_) => Ok(()),
            Change::Clear => {
                self.turn.borrow_mut().take();
                self.sql.exec("DELETE FROM log", &[])?;
                self.sql.exec("DELETE FROM branches", &[])
            }
        }
    }

    /// A message that is there stands as it is given from now on.
    fn rewrite(&self, message: &Message) -> Result<(), SqlError> {
        let record = Record::Message { message: message.clone() };
        self.sql.exec(
            "UPDATE log SET version = ?, body = ? WHERE message = ? AND branch IS NULL",
            &[u64::from(RECORD_VERSION).into(), json::write(&record).as_str().into(), message.id.as_str().into()],
        )
    }

    /// The messages from this one on hang on the one before it from now on. The oldest branches go.
    fn leave(&self, from: &str) -> Result<(), SqlError> {
        #[derive(Deserialize)]
        struct Row {
            seq: u64,
        }
        let first = "SELECT seq FROM log WHERE message = ? AND branch IS NULL";
        let Some(Row { seq }) = self.sql.row::<Row>(first, &[from.into()])? else { return Ok(()) };
        self.sql.exec(
            "INSERT INTO branches (after) VALUES
                ((SELECT message FROM log WHERE seq < ? AND message IS NOT NULL AND branch IS NULL ORDER BY seq DESC LIMIT 1))",
            &[seq.into()],
        )?;
        self.sql.exec(
            "UPDATE log SET branch = (SELECT max(id) FROM branches) WHERE seq >= ? AND message IS NOT NULL AND branch IS NULL",
            &[seq.into()],
        )?;
        let kept = "(SELECT id FROM branches ORDER BY id DESC LIMIT ?)";
        let most = &[u64::try_from(MAX_BRANCHES).unwrap_or(u64::MAX).into()];
        self.sql.exec(&format!("DELETE FROM log WHERE branch IS NOT NULL AND branch NOT IN {kept}"), most)?;
        self.sql.exec(&format!("DELETE FROM branches WHERE id NOT IN {kept}"), most)
    }

    fn append(&self, record: &Record) -> Result<(), SqlError> {
        match record {
            Record::Message { message } => self.insert(None, None, Some(&message.id), record),
            Record::TurnQueued { turn } => match self.row_of(&turn.id)? {
                Some(seq) => self.replace(seq, record),
                None => self.insert(None, Some(&turn.id), None, record),
            },
            Record::CallParked { parked } => {
                let call = parked.call.head.id.as_str();
                self.sql.exec("DELETE FROM log WHERE call = ?", &[call.into()])?;
                self.sql.exec(
                    "INSERT INTO log (call, version, body) VALUES (?, ?, ?)",
                    &[call.into(), u64::from(RECORD_VERSION).into(), json::write(record).as_str().into()],
                )
            }
            Record::TurnStarted { turn } => {
                if turn.stands_at_the_end() {
                    self.sql.exec("DELETE FROM log WHERE turn = ?", &[turn.id.as_str().into()])?;
                }
                // A queued turn keeps its place: right behind the message it answers.
                let queued = self.row_of(&turn.id)?;
                match queued {
                    Some(seq) => self.replace(seq, record)?,
                    None => self.insert(None, Some(&turn.id), None, record)?,
                }
                let seq = queued.map_or_else(|| self.row_of(&turn.id).map(Option::unwrap_or_default), Ok)?;
                *self.turn.borrow_mut() = Some((turn.id.clone(), seq));
                Ok(())
            }
            other => {
                let turn = self.turn.borrow().as_ref().map(|(turn, _)| turn.clone());
                self.insert(None, turn.as_deref(), None, other)
            }
        }
    }

    fn replace(&self, seq: u64, record: &Record) -> Result<(), SqlError> {
        self.sql.exec(
            "UPDATE log SET version = ?, body = ? WHERE seq = ?",
            &[u64::from(RECORD_VERSION).into(), json::write(record).as_str().into(), seq.into()],
        )
    }

    fn insert(
        &self,
        seq: Option<u64>,
        turn: Option<&str>,
        message: Option<&str>,
        record: &Record,
    ) -> Result<(), SqlError> {
        let version = u64::from(RECORD_VERSION);
        self.sql.exec(
            "INSERT INTO log (seq, turn, message, version, body) VALUES (?, ?, ?, ?, ?)",
            &[seq.into(), turn.into(), message.into(), version.into(), json::write(record).as_str().into()],
        )
    }

    fn start_of(&self, turn: &str) -> Result<u64, SqlError> {
        let running = self.turn.borrow().as_ref().filter(|(running, _)| running == turn).map(|(_, seq)| *seq);
        match running {
            Some(seq) => Ok(seq),
            None => Ok(self.row_of(turn)?.unwrap_or_default()),
        }
    }

    fn row_of(&self, turn: &str) -> Result<Option<u64>, SqlError> {
        #[derive(Deserialize)]
        struct Row {
            seq: u64,
        }
        let row = self.sql.row::<Row>("SELECT seq FROM log WHERE turn = ? ORDER BY seq LIMIT 1", &[turn.into()])?;
        Ok(row.map(|row| row.seq))
    }
}

/// What the storage said, for the driver.
pub fn stored(error: SqlError) -> StoreError {
    StoreError(error.0)
}

#[cfg(test)]
mod tests {
    use deputy_agent::{Origin, State, TurnHead, TurnOutcome};
    use deputy_wire::{Part, Role};

    use super::*;
    use crate::platform::testing::FakeHost;

    fn user(id: &str) -> Change {
        let part = Part::Text { id: format!("{id}-text"), text: id.to_owned() };
        let message =
            Message { id: id.into(), role: Role::User, parts: vec![part], created_at: 1, told: None, metadata: None };
        Change::Append(Record::Message { message })
    }

    fn head(id: &str, user: &str) -> TurnHead {
        TurnHead {
            id: id.into(),
            request: format!("r-{id}"),
            origin: Origin::Message,
            session: None,
            connection: None,
            message_id: format!("m-{id}"),
            user_messages: vec![user.into()],
            at: 1,
            reports: Vec::new(),
        }
    }

    fn answer(turn: &str) -> Change {
        let part = Part::Text { id: "t".into(), text: turn.to_owned() };
        let message = Message {
            id: format!("m-{turn}"),
            role: Role::Assistant,
            parts: vec![part],
            created_at: 1,
            told: None,
            metadata: None,
        };
        Change::EndTurn { turn: turn.into(), outcome: TurnOutcome::Completed, message: Some(message) }
    }

    fn log() -> Log<FakeHost> {
        let host = Rc::new(FakeHost::new());
        migrate(&*host).unwrap();
        Log::new(host)
    }

    /// What a process that starts now would see is what this one has in memory.
    fn check(log: &Log<FakeHost>, changes: &[Change], memory: &mut State) {
        log.write(changes).unwrap();
        changes.iter().for_each(|change| memory.apply(change));
        let again = Log::new(Rc::clone(&log.sql));
        assert_eq!(State::fold(again.load().unwrap()), *memory);
    }

    #[test]
    fn the_log_folds_to_the_state_after_every_change() {
        let (log, mut state) = (log(), State::default());
        check(&log, &[user("u1"), Change::Append(Record::TurnStarted { turn: head("1", "u1") })], &mut state);
        let told = Message { told: Some("It is Monday.".into()), ..state.messages[0].clone() };
        check(&log, &[Change::Told { message: told }], &mut state);
        check(&log, &[Change::Append(Record::StepStarted { step: 1, attempt: 1, last: false })], &mut state);
        check(&log, &[Change::Append(Record::Text { part: "t".into(), text: "par".into() })], &mut state);
        check(&log, &[user("u2"), Change::Append(Record::TurnQueued { turn: head("2", "u2") })], &mut state);
        check(&log, &[user("u3"), Change::Append(Record::TurnQueued { turn: head("3", "u3") })], &mut state);
        check(&log, &[Change::Append(Record::Text { part: "t".into(), text: "tial".into() })], &mut state);
        check(&log, &[answer("1")], &mut state);
        check(&log, &[Change::Append(Record::TurnStarted { turn: head("2", "u2") })], &mut state);
        check(&log, &[Change::EndTurn { turn: "3".into(), outcome: TurnOutcome::Stopped, message: None }], &mut state);
        check(&log, &[answer("2")], &mut state);
        let ids: Vec<&str> = state.messages.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["u1", "m-1", "u2", "m-2", "u3"], "an answer stands behind what it answers");
        check(&log, &[Change::Branch { from: "u2".into() }], &mut state);
        check(&log, &[Change::Clear], &mut state);
        assert!(state.messages.is_empty());
    }

    #[test]
    fn a_row_nobody_can_read_is_counted_and_stays() {
        let log = log();
        log.write(&[user("u1")]).unwrap();
        let odd = "INSERT INTO log (turn, message, version, body) VALUES (NULL, NULL, 9, '{\"of\":\"tomorrow\"}')";
        log.sql.exec(odd, &[]).unwrap();
        log.write(&[user("u2")]).unwrap();
        let rows = log.load().unwrap();
        assert_eq!((rows.changes.len(), rows.unreadable), (2, 1));
        assert!(State::fold(rows).is_read_only());
        #[derive(Deserialize)]
        struct Row {
            rows: u64,
        }
        assert_eq!(log.sql.row::<Row>("SELECT count(*) AS rows FROM log", &[]).unwrap().unwrap().rows, 3);
    }
}
