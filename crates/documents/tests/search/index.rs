use deputy_documents::chunk::chunks;
use deputy_documents::search::{FOUND, INSERT, SCHEMA, SEARCH, fts_query, index_text, similarity, words};
use deputy_documents::{Candidate, MediaType, Ranked};
use rusqlite::Connection;

/// Documents in memory, as the library has them.
pub struct Index {
    connection: Connection,
    /// Document, chunk and text of each row, from row 1.
    rows: Vec<(String, u32, String)>,
}

impl Index {
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        Self { connection, rows: Vec::new() }
    }

    pub fn of(documents: &[(&str, &str, &str)]) -> Self {
        let mut index = Self::new();
        for (id, title, text) in documents {
            index.add(id, title, text, MediaType::Markdown);
        }
        index
    }

    pub fn add(&mut self, id: &str, title: &str, text: &str, media_type: MediaType) {
        let transaction = self.connection.unchecked_transaction().unwrap();
        for (number, chunk) in (0..).zip(chunks(text, media_type)) {
            self.rows.push((id.to_owned(), number, chunk.text.to_owned()));
            self.write(self.rows.len(), title, &chunk.heading, chunk.text);
        }
        transaction.commit().unwrap();
    }

    pub fn write(&self, row: usize, title: &str, heading: &str, text: &str) {
        let row = i64::try_from(row).unwrap();
        let mut insert = self.connection.prepare_cached(INSERT).unwrap();
        insert.execute((row, index_text(title), index_text(heading), index_text(text))).unwrap();
    }

    pub fn remove(&self, row: usize) {
        self.connection.execute("DELETE FROM library_search WHERE rowid = ?1", [i64::try_from(row).unwrap()]).unwrap();
    }

    /// Rows for a question, the best first.
    pub fn rows(&self, question: &str, most: usize, after: usize) -> Vec<usize> {
        let Some(query) = fts_query(question) else { return Vec::new() };
        let mut search = self.connection.prepare_cached(SEARCH).unwrap();
        let (most, after) = (i64::try_from(most).unwrap(), i64::try_from(after).unwrap());
        let rows = search.query_map((query, most, after), |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| usize::try_from(row.unwrap()).unwrap()).collect()
    }

    /// Ids of documents, each once, at the place of their best chunk.
    pub fn documents(&self, question: &str) -> Vec<String> {
        let mut documents = Vec::new();
        for row in self.rows(question, 1_000, 0) {
            let (id, ..) = &self.rows[row - 1];
            if !documents.contains(id) {
                documents.push(id.clone());
            }
        }
        documents
    }

    pub fn retriever(&self, question: &str, most: usize) -> Ranked {
        let found = self.rows(question, most, 0).into_iter().map(|row| {
            let (document_id, chunk, _) = self.rows[row - 1].clone();
            Candidate { document_id, chunk, similarity: None }
        });
        Ranked::new(found.collect())
    }

    pub fn text(&self, candidate: &Candidate) -> &str {
        let is_it = |(id, chunk, _): &&(String, u32, String)| *id == candidate.document_id && *chunk == candidate.chunk;
        &self.rows.iter().find(is_it).unwrap().2
    }

    /// What `similarity` says of a row.
    pub fn similarity(&self, question: &str, row: usize) -> f64 {
        let words = words(question);
        let mut found = self.connection.prepare_cached(FOUND).unwrap();
        let mut has = |word: &&String| found.exists((*word, format!("[{row},999999]"))).unwrap();
        let count = words.iter().filter(|word| has(word)).count();
        similarity(count, words.len())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}
