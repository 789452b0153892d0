//! The rows: vectors, and what has none yet.

use std::cell::Cell;
use std::rc::Rc;

use deputy_documents::embeddings::{EmbeddingsConfig, Vector};
use serde::Deserialize;

use crate::objects;
use crate::platform::ports::{Sql, SqlError};

/// The most vectors of a library: what a question is compared with in time. Passages beyond are found by their words.
pub const MOST_VECTORS: u64 = 20_000;

/// The key of `meta` that names the model whose vectors are kept; empty for none.
const MODEL: &str = "vectors_model";
/// The key of `meta` that counts how often the server failed since it last did not.
const FAILURES: &str = "vectors_failures";
/// The key of `meta` that says before when the server is not asked again.
const NOT_BEFORE: &str = "vectors_not_before";

/// The vectors of a library, if settings name who makes them.
#[derive(Debug, Clone)]
pub struct Vectors<P> {
    pub(super) ports: P,
    pub(super) server: Option<EmbeddingsConfig>,
    /// Before this nobody waits for the server with a question, milliseconds since the epoch: it has just failed.
    pub(super) rests_until: Rc<Cell<u64>>,
}

/// A passage without a vector.
#[derive(Debug, Clone, Deserialize)]
pub struct Passage {
    /// Its number.
    pub number: u64,
    /// How often the server refused it.
    pub tries: u32,
    title: String,
    heading: String,
    text: String,
}

impl Passage {
    /// What the vector is made of: the words are searched in title, headings and text, too.
    pub fn input(&self) -> String {
        let parts = [&self.title, &self.heading, &self.text].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

const SELECT: &str = "SELECT chunks.number, vectors_due.tries, documents.title, chunks.heading, chunks.text
    FROM vectors_due JOIN chunks ON chunks.number = vectors_due.chunk JOIN documents ON documents.number = chunks.document";

impl<P: Sql> Vectors<P> {
    /// The vectors of this server's model. Those of another are dropped, and every passage is to be given one anew; without a server there
    /// are none.
    pub fn open(ports: P, server: Option<EmbeddingsConfig>) -> Result<Self, SqlError> {
        let model = server.as_ref().map(|server| server.model.as_str()).unwrap_or_default();
        if objects::meta(&ports, MODEL)?.unwrap_or_default() != model {
            ports.exec("DELETE FROM vectors", &[])?;
            ports.exec("DELETE FROM vectors_due", &[])?;
            if !model.is_empty() {
                ports.exec("INSERT INTO vectors_due (chunk) SELECT number FROM chunks", &[])?;
            }
            objects::set_meta(&ports, FAILURES, "0")?;
            objects::set_meta(&ports, NOT_BEFORE, "0")?;
            objects::set_meta(&ports, MODEL, model)?;
        }
        Ok(Self { ports, server, rests_until: Rc::default() })
    }

    /// Has a vector made of a passage that is new or is called something else now, with what else is written in the same unit.
    pub fn note(&self, chunk: u64) -> Result<(), SqlError> {
        if self.server.is_none() {
            return Ok(());
        }
        self.ports.exec("INSERT OR REPLACE INTO vectors_due (chunk) VALUES (?)", &[chunk.into()])
    }

    /// Removes the vectors of a document by its number, before its passages.
    pub fn forget(&self, document: u64) -> Result<(), SqlError> {
        for table in ["vectors", "vectors_due"] {
            let statement =
                format!("DELETE FROM {table} WHERE chunk IN (SELECT number FROM chunks WHERE document = ?)");
            self.ports.exec(&statement, &[document.into()])?;
        }
        Ok(())
    }

    /// When vectors are to be made next, milliseconds since the epoch.
    pub fn next_try(&self) -> Result<Option<u64>, SqlError> {
        if self.server.is_none() {
            return Ok(None);
        }
        let first = self.ports.number("SELECT next_try AS value FROM vectors_due ORDER BY next_try LIMIT 1", &[])?;
        let Some(first) = first else { return Ok(None) };
        if self.is_full()? {
            return Ok(None);
        }
        Ok(Some(first.max(self.meta_number(NOT_BEFORE)?)))
    }

    /// Passages that are due: several that were never refused, or one that was.
    pub(super) fn due(&self, now: u64, most: u64) -> Result<Vec<Passage>, SqlError> {
        if self.is_full()? {
            return Ok(Vec::new());
        }
        let new: Vec<Passage> = self
            .ports
            .rows(&format!("{SELECT} WHERE vectors_due.tries = 0 ORDER BY chunks.number LIMIT ?"), &[most.into()])?;
        if !new.is_empty() {
            return Ok(new);
        }
        let refused = "WHERE vectors_due.tries > 0 AND vectors_due.next_try <= ? ORDER BY vectors_due.next_try LIMIT 1";
        self.ports.rows(&format!("{SELECT} {refused}"), &[now.into()])
    }

    /// Keeps the vector of a passage, unless the passage has changed or is gone: its number may be that of another one now.
    pub(super) fn keep(&self, passage: &Passage, vector: &Vector) -> Result<(), SqlError> {
        let there: Option<Passage> =
            self.ports.row(&format!("{SELECT} WHERE chunks.number = ?"), &[passage.number.into()])?;
        if there.is_none_or(|there| there.input() != passage.input()) {
            return Ok(());
        }
        let text = vector.text();
        let row = [passage.number.into(), (&text).into()];
        self.ports.exec("INSERT OR REPLACE INTO vectors (chunk, vector) VALUES (?, ?)", &row)?;
        self.ports.exec("DELETE FROM vectors_due WHERE chunk = ?", &[passage.number.into()])
    }

    /// The server has refused this passage; it is tried again, by itself, at that time.
    pub(super) fn put_off(&self, passage: &Passage, until: u64) -> Result<(), SqlError> {
        let statement = "UPDATE vectors_due SET tries = tries + 1, next_try = ? WHERE chunk = ?";
        self.ports.exec(statement, &[until.into(), passage.number.into()])
    }

    /// How often the server failed since it last did not.
    pub(super) fn failures(&self) -> Result<u64, SqlError> {
        self.meta_number(FAILURES)
    }

    /// Notes that, and before when the server is not asked again.
    pub(super) fn set_failures(&self, failures: u64, not_before: u64) -> Result<(), SqlError> {
        objects::set_meta(&self.ports, FAILURES, &failures.to_string())?;
        objects::set_meta(&self.ports, NOT_BEFORE, &not_before.to_string())
    }

    /// How many dimensions the kept vectors have; none while there are none.
    pub(super) fn dimensions(&self) -> Result<Option<usize>, SqlError> {
        let one = self.ports.text("SELECT vector AS value FROM vectors LIMIT 1", &[])?;
        Ok(one.and_then(|text| Vector::bytes_of(&text)).map(|bytes| bytes.len()))
    }

    fn is_full(&self) -> Result<bool, SqlError> {
        let there = self.ports.number("SELECT count(*) AS value FROM vectors", &[])?;
        Ok(there.unwrap_or_default() >= MOST_VECTORS)
    }

    fn meta_number(&self, key: &str) -> Result<u64, SqlError> {
        Ok(objects::meta(&self.ports, key)?.and_then(|text| text.parse().ok()).unwrap_or_default())
    }
}
