//! Changes that a service has not confirmed yet: rows of `library_tuples` with `pending`.

use std::rc::Rc;

use deputy_fga::tuple::TupleKey;
use serde::Deserialize;

use super::changes::{Changes, OWNER};
use super::deciders::note_delete;
use super::taken::Taken;
use super::tuples::KEY;
use crate::objects;
use crate::platform::ports::{Bind, Clock, Sql, SqlError};

/// The key of `meta` that numbers changes.
const SEQUENCE: &str = "tuple_sequence";
const FIRST_WAIT_MS: u64 = 1_000;
const LONGEST_WAIT_MS: u64 = 3_600_000;

/// What the service is to be told.
#[derive(Debug, Clone)]
pub struct Outbox<P> {
    /// Where it is written down.
    pub sql: P,
    /// What is taken away by it.
    pub taken: Rc<Taken>,
}

/// A change that the service does not know yet.
#[derive(Debug, Clone, Deserialize)]
pub struct Pending {
    object_type: String,
    object_id: String,
    relation: String,
    user: String,
    pending: Operation,
    sequence: u64,
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Write,
    Delete,
}

const SELECT: &str = "SELECT object_type, object_id, relation, user, pending, sequence, tries
    FROM library_tuples INDEXED BY library_tuples_pending WHERE pending IS NOT NULL";
/// The service has looked at it, and there was no attempt before of which nobody knows what became.
const REFUSED: &str = "pending = 'write' AND refused = 1 AND tries = 1";

impl Pending {
    fn key(&self) -> TupleKey {
        TupleKey::new(&self.user, &self.relation, self.object())
    }

    fn binds(&self) -> [Bind<'_>; 4] {
        [(&self.object_type).into(), (&self.object_id).into(), (&self.relation).into(), (&self.user).into()]
    }

    /// FGA's name of what it is about.
    pub fn object(&self) -> String {
        format!("{}:{}", self.object_type, self.object_id)
    }

    /// Whom it makes the owner of something that nobody is known to own yet.
    pub fn new_owner(&self) -> Option<&str> {
        (self.pending == Operation::Write && self.relation == OWNER).then_some(&*self.user)
    }

    /// Whether it takes something away by which this user may have seen something: their own tuple, that of everybody, or one by which
    /// a right comes from elsewhere.
    pub fn takes_from(&self, user: &str) -> bool {
        let kind = |text: &str| text.split_once(':').map(|(kind, _)| kind.to_owned());
        let theirs = self.user == user || self.user.ends_with(":*") || kind(&self.user) != kind(user);
        self.pending == Operation::Delete && theirs
    }
}

/// What changes come to for the service.
pub fn changes_of(pending: &[Pending]) -> Changes {
    let of = |kind| pending.iter().filter(|one| one.pending == kind).map(Pending::key).collect();
    Changes { writes: of(Operation::Write), deletes: of(Operation::Delete) }
}

impl<P: Sql + Clock> Outbox<P> {
    /// Notes changes, with what else is written in the same unit.
    pub fn note(&self, changes: &Changes) -> Result<(), SqlError> {
        let number = objects::meta(&self.sql, SEQUENCE)?.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        let all =
            changes.deletes.iter().map(|key| (key, "delete")).chain(changes.writes.iter().map(|key| (key, "write")));
        let mut next = number;
        for (key, pending) in all {
            next = next.saturating_add(1);
            if pending == "delete" {
                self.taken.count(&key.user);
                note_delete(&self.sql, place(key))?;
            }
            let rest = [u64::from(key.user.contains('#')).into(), pending.into(), next.into()];
            self.sql.exec(
                "INSERT INTO library_tuples (object_type, object_id, relation, user, userset, pending, sequence)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (object_type, object_id, relation, user) DO UPDATE
                    SET pending = excluded.pending, sequence = excluded.sequence, tries = 0, next_try = 0, refused = 0
                    WHERE pending IS NOT NULL OR excluded.pending = 'delete'",
                &[place(key).as_slice(), &rest].concat(),
            )?;
        }
        objects::set_meta(&self.sql, SEQUENCE, &next.to_string())
    }

    /// Everything that is not confirmed.
    pub fn all(&self) -> Result<Vec<Pending>, SqlError> {
        self.sql.rows(SELECT, &[])
    }

    /// The first that are due, in the order in which they were noted.
    pub fn due(&self, most: usize) -> Result<Vec<Pending>, SqlError> {
        let query = format!("{SELECT} AND next_try <= ? ORDER BY sequence LIMIT ?");
        self.sql.rows(&query, &[self.sql.now().into(), u64::try_from(most).unwrap_or(u64::MAX).into()])
    }

    /// When something is due next, milliseconds since the epoch; `None` while everything is confirmed.
    pub fn next_try(&self) -> Result<Option<u64>, SqlError> {
        self.sql.number(
            "SELECT next_try AS value FROM library_tuples INDEXED BY library_tuples_pending
                WHERE pending IS NOT NULL ORDER BY next_try LIMIT 1",
            &[],
        )
    }

    /// The service has made these changes. What was changed again meanwhile stays pending. A deletion counts once more: from now on
    /// nothing here says of an answer from before it that it is in doubt.
    pub fn confirm(&self, done: &[Pending]) -> Result<(), SqlError> {
        for one in done {
            if one.pending == Operation::Delete {
                self.taken.count(&one.user);
            }
            let statement = match one.pending {
                Operation::Write => format!("UPDATE library_tuples SET pending = NULL WHERE {KEY} AND sequence = ?"),
                Operation::Delete => format!("DELETE FROM library_tuples WHERE {KEY} AND sequence = ?"),
            };
            self.sql.exec(&statement, &[one.binds().as_slice(), &[one.sequence.into()]].concat())?;
        }
        Ok(())
    }

    /// The service has not made them, or not that anybody knows. `not_before` is when it says it may be asked again; `refused` says that it
    /// has looked at them.
    pub fn put_off(&self, failed: &[Pending], not_before: Option<u64>, refused: bool) -> Result<(), SqlError> {
        for one in failed {
            let doubled = FIRST_WAIT_MS.saturating_mul(1_u64.checked_shl(one.tries).unwrap_or(u64::MAX));
            let wait = self.sql.now().saturating_add(doubled.min(LONGEST_WAIT_MS));
            let next = not_before.map_or(wait, |at| at.max(wait));
            let statement = format!(
                "UPDATE library_tuples SET tries = tries + 1, next_try = ?, refused = ? WHERE {KEY} AND sequence = ?"
            );
            self.sql.exec(
                &statement,
                &[[next.into(), u64::from(refused).into()].as_slice(), &one.binds(), &[one.sequence.into()]].concat(),
            )?;
        }
        Ok(())
    }

    /// What became of changes.
    pub fn outcome(&self, changes: &Changes) -> Result<Outcome, SqlError> {
        let any = |and: &str| -> Result<bool, SqlError> {
            let query = format!("SELECT 1 AS value FROM library_tuples WHERE {KEY} AND {and}");
            for key in changes.writes.iter().chain(&changes.deletes) {
                if self.sql.exists(&query, &place(key))? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(match (any(REFUSED)?, any("pending IS NOT NULL")?) {
            (true, _) => Outcome::Refused,
            (false, true) => Outcome::Pending,
            (false, false) => Outcome::Settled,
        })
    }

    /// Takes back tuples that were to be written. What was refused was never there, but may be in a service that decided before; the
    /// others are deleted like any other.
    pub fn take_back(&self, changes: &Changes) -> Result<(), SqlError> {
        let mut deletes = Vec::new();
        for key in &changes.writes {
            note_delete(&self.sql, place(key))?;
            self.sql.exec(&format!("DELETE FROM library_tuples WHERE {KEY} AND {REFUSED}"), &place(key))?;
            if self.sql.exists(&format!("SELECT 1 AS value FROM library_tuples WHERE {KEY}"), &place(key))? {
                deletes.push(key.clone());
            }
        }
        self.note(&Changes { deletes, ..Changes::default() })
    }
}

/// What became of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service has made them.
    Settled,
    /// It does not know of all of them, or nobody knows whether it does.
    Pending,
    /// It has looked at one and does not take it.
    Refused,
}

fn place(key: &TupleKey) -> [Bind<'_>; 4] {
    let (object_type, object_id) = key.object.split_once(':').unwrap_or_default();
    [object_type.into(), object_id.into(), (&key.relation).into(), (&key.user).into()]
}
