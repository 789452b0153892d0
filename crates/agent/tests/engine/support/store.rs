//! The log as the Worker's SQLite table keeps it: rows by number, the running turn's rows replaced by one message.

use std::collections::BTreeMap;

use deputy_agent::{Branch, Change, LoggedRows, RECORD_VERSION, Record};
use deputy_wire::Message;

/// One table.
#[derive(Clone, Default)]
pub struct Store {
    rows: BTreeMap<u64, Row>,
    last: u64,
    /// What earlier branches hang on.
    after: BTreeMap<u64, Option<String>>,
    /// The running turn and the row that started it.
    turn: Option<(String, u64)>,
}

#[derive(Clone)]
struct Row {
    turn: Option<String>,
    message: Option<String>,
    branch: Option<u64>,
    body: String,
}

impl Store {
    /// Everything, in order, as a new process reads it.
    pub fn load(&mut self) -> LoggedRows {
        self.turn = None;
        let mut unreadable = 0;
        let mut branches: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
        let mut changes = Vec::new();
        for (seq, row) in &self.rows {
            let Ok(record) = Record::read(RECORD_VERSION, &row.body) else {
                unreadable += 1;
                continue;
            };
            if let Some(branch) = row.branch {
                if let Record::Message { message } = record {
                    branches.entry(branch).or_default().push(message);
                }
                continue;
            }
            if let Record::TurnStarted { turn } = &record {
                self.turn = Some((turn.id.clone(), *seq));
            }
            changes.push(Change::Append(record));
        }
        let branched = branches.into_iter().map(|(branch, messages)| {
            let after = self.after.get(&branch).cloned().flatten();
            Change::Branched(Branch { after, messages })
        });
        let changes = branched.chain(changes).collect();
        LoggedRows { changes, unreadable }
    }

    /// Somebody changes the table behind the engine's back.
    pub fn tamper(&mut self, from: &str, to: &str) {
        self.rows.values_mut().for_each(|row| row.body = row.body.replace(from, to));
    }

    /// The row of the first call: its number and its text.
    pub fn call_row(&self) -> (u64, String) {
        let is_call = |row: &Row| row.body.starts_with("{\"call_requested\"");
        self.rows.iter().find(|(_, row)| is_call(row)).map(|(seq, row)| (*seq, row.body.clone())).unwrap()
    }

    /// Every row: its number and its text.
    pub fn rows(&self) -> Vec<(u64, String)> {
        self.rows.iter().map(|(seq, row)| (*seq, row.body.clone())).collect()
    }

    /// Takes a row away, as a reader does that skips it.
    pub fn remove(&mut self, seq: u64) {
        self.rows.remove(&seq);
    }

    /// Writes another text over a row.
    pub fn overwrite(&mut self, seq: u64, body: &str) {
        body.clone_into(&mut self.rows.get_mut(&seq).unwrap().body);
    }

    /// Takes one change in.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Append(record) => self.append(record),
            Change::EndTurn { turn, message, .. } => {
                let from = self.start_of(turn);
                self.rows.retain(|seq, row| *seq < from || row.turn.as_deref() != Some(turn));
                if let Some(message) = message {
                    let record = Record::Message { message: message.clone() };
                    self.insert(Some(from), None, Some(&message.id), &record);
                }
                self.turn.take_if(|(running, _)| running == turn);
            }
            Change::Unpark { call_id, message, .. } => {
                let parked = format!("parked:{call_id}");
                self.rows.retain(|_, row| row.message.as_ref() != Some(&parked));
                let record = Record::Message { message: message.clone() };
                let here = |row: &&mut Row| row.branch.is_none() && row.message.as_ref() == Some(&message.id);
                self.rows.values_mut().filter(here).for_each(|row| row.body = json(&record));
            }
            Change::Told { message } => {
                let record = Record::Message { message: message.clone() };
                let here = |row: &&mut Row| row.branch.is_none() && row.message.as_ref() == Some(&message.id);
                self.rows.values_mut().filter(here).for_each(|row| row.body = json(&record));
            }
            Change::Branch { from } => {
                let current = |row: &Row| row.branch.is_none() && row.message.is_some();
                let first = self.rows.iter().find(|(_, row)| current(row) && row.message.as_ref() == Some(from));
                let Some(first) = first.map(|(seq, _)| *seq) else { return };
                let is_message = |row: &Row| current(row) && row.body.starts_with("{\"message\"");
                let before = self.rows.range(..first).rev().find(|(_, row)| is_message(row));
                let after = before.and_then(|(_, row)| row.message.clone());
                self.last += 1;
                self.after.insert(self.last, after);
                for row in self.rows.range_mut(first..).map(|(_, row)| row).filter(|row| is_message(row)) {
                    row.branch = Some(self.last);
                }
            }
            Change::Branched(_) => {}
            Change::Clear => {
                self.turn = None;
                self.rows.clear();
                self.after.clear();
            }
        }
    }

    fn append(&mut self, record: &Record) {
        match record {
            Record::Message { message } => self.insert(None, None, Some(&message.id), record),
            Record::TurnQueued { turn } => match self.row_of(&turn.id) {
                Some(seq) => self.rows.get_mut(&seq).unwrap().body = json(record),
                None => self.insert(None, Some(&turn.id), None, record),
            },
            Record::CallParked { parked } => {
                let key = format!("parked:{}", parked.call.head.id);
                self.rows.retain(|_, row| row.message.as_ref() != Some(&key));
                self.insert(None, None, Some(&key), record);
            }
            Record::TurnStarted { turn } => {
                if turn.stands_at_the_end()
                    && let Some(seq) = self.row_of(&turn.id)
                {
                    self.rows.remove(&seq);
                }
                match self.row_of(&turn.id) {
                    Some(seq) => self.rows.get_mut(&seq).unwrap().body = json(record),
                    None => self.insert(None, Some(&turn.id), None, record),
                }
                self.turn = Some((turn.id.clone(), self.row_of(&turn.id).unwrap()));
            }
            other => {
                let turn = self.turn.as_ref().map(|(turn, _)| turn.clone());
                self.insert(None, turn.as_deref(), None, other);
            }
        }
    }

    fn insert(&mut self, seq: Option<u64>, turn: Option<&str>, message: Option<&str>, record: &Record) {
        let seq = seq.unwrap_or(self.last + 1);
        self.last = self.last.max(seq);
        let row = Row {
            turn: turn.map(str::to_owned),
            message: message.map(str::to_owned),
            branch: None,
            body: json(record),
        };
        assert!(self.rows.insert(seq, row).is_none(), "row {seq} exists");
    }

    fn start_of(&self, turn: &str) -> u64 {
        match &self.turn {
            Some((running, seq)) if running == turn => *seq,
            _ => self.row_of(turn).unwrap_or_default(),
        }
    }

    fn row_of(&self, turn: &str) -> Option<u64> {
        self.rows.iter().find(|(_, row)| row.turn.as_deref() == Some(turn)).map(|(seq, _)| *seq)
    }
}

fn json(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}
