use deputy_documents::{Candidate, search};
use serde::Deserialize;

use crate::library::core::{Core, Ports};
use crate::library::error::MOST_CHUNKS;
use crate::objects::Refusal;
use crate::platform::ports::Bind;

impl<P: Ports> Core<P> {
    /// The best passages for a query of FTS5, of all documents or of some. Their words are not read before it is known that somebody may
    /// see them.
    pub(super) fn candidates(
        &self,
        query: &str,
        documents: Option<&[String]>,
        most: usize,
    ) -> Result<Vec<Candidate>, Refusal> {
        let most = Bind::Integer(most as u64);
        let numbers = match documents {
            None => self.numbers(search::SEARCH, &[query.into(), most, 0.into()])?,
            Some(ids) => {
                let among = format!(
                    "SELECT rowid FROM ({}) WHERE rowid IN (SELECT chunks.number FROM chunks
                        JOIN documents ON documents.number = chunks.document
                        WHERE documents.id IN (SELECT value FROM json_each(?4))) LIMIT ?5",
                    search::SEARCH
                );
                let ids = deputy_http::json::write(ids);
                self.numbers(&among, &[query.into(), MOST_CHUNKS.into(), 0.into(), (&ids).into(), most])?
            }
        };
        self.candidates_of(&numbers.into_iter().map(|number| (number, None)).collect::<Vec<_>>())
    }

    /// The numbers of passages that a query of the index finds, in its order.
    pub(super) fn numbers(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<u64>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            rowid: u64,
        }
        let rows: Vec<Row> = self.ports.rows(query, binds)?;
        Ok(rows.into_iter().map(|row| row.rowid).collect())
    }

    /// Passages by their numbers, in this order, with the cosine where there is one.
    pub(super) fn candidates_of(&self, found: &[(u64, Option<f64>)]) -> Result<Vec<Candidate>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            place: usize,
            id: String,
            position: u32,
        }
        let query = "SELECT found.key AS place, documents.id, chunks.position FROM json_each(?) AS found
            CROSS JOIN chunks ON chunks.number = found.value
            CROSS JOIN documents ON documents.number = chunks.document
            ORDER BY found.key";
        let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
        let rows: Vec<Row> = self.ports.rows(query, &[(&deputy_http::json::write(&numbers)).into()])?;
        let candidate = |row: Row| {
            let similarity = found.get(row.place).and_then(|(_, similarity)| *similarity);
            Candidate { document_id: row.id, chunk: row.position, similarity }
        };
        Ok(rows.into_iter().map(candidate).collect())
    }
}
