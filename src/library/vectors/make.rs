//! Vectors of what has none, by the alarm.

use deputy_documents::embeddings::{
    EmbeddingsConfig, EmbeddingsError, MOST_TEXTS, Vector, embeddings_request, embeddings_response,
};
use deputy_error::{Explained as _, Retry};

use super::store::{Passage, Vectors};
use crate::platform::log::{Level, note_error};
use crate::platform::ports::{Clock, Network, Sql, SqlError};

/// The most calls of one round; what is left is due at once, in another.
const MOST_CALLS: usize = 10;
const FIRST_WAIT_MS: u64 = 1_000;
/// The longest time between two attempts at a server that fails.
const LONGEST_WAIT_MS: u64 = 3_600_000;
/// The first and the longest time after which a passage is tried again that the server refused by itself.
const FIRST_REFUSED_MS: u64 = 60_000;
const LONGEST_REFUSED_MS: u64 = 86_400_000;

/// What became of one call.
enum Call {
    Made,
    Refused(EmbeddingsError),
    Failed(EmbeddingsError),
}

impl<P: Sql + Clock + Network> Vectors<P> {
    /// Makes vectors of what has none yet and is due. What fails is due again later, after twice the time, an hour at most; several
    /// passages that are refused are tried one by one, and one that is refused by itself waits up to a day.
    ///
    /// Errors: storage. What the server says is logged: nobody waits for it.
    pub async fn make(&self) -> Result<(), SqlError> {
        let Some(server) = &self.server else { return Ok(()) };
        let (failures, mut calls) = (self.failures()?, Vec::new());
        if self.next_try()?.is_none_or(|at| at > self.ports.now()) {
            return Ok(());
        }
        for _ in 0..MOST_CALLS {
            // A slow machine answers a smaller question in time.
            let most = (MOST_TEXTS as u64).checked_shr(u32::try_from(failures).unwrap_or(u32::MAX)).unwrap_or(0).max(1);
            let due = self.due(self.ports.now(), most)?;
            if due.is_empty() {
                break;
            }
            let call = self.call(server, &due).await?;
            let is_over = matches!(call, Call::Failed(_));
            calls.push(call);
            if is_over {
                break;
            }
        }
        let is_made = calls.iter().any(|call| matches!(call, Call::Made));
        match calls.pop() {
            Some(Call::Failed(error)) => self.rest(&error, failures),
            // A server that takes nothing at all is not asked for each passage in turn.
            Some(Call::Refused(error)) if !is_made && calls.len().saturating_add(1) == MOST_CALLS => {
                self.rest(&error, failures)
            }
            _ if is_made && failures > 0 => self.set_failures(0, 0),
            _ => Ok(()),
        }
    }

    async fn call(&self, server: &EmbeddingsConfig, due: &[Passage]) -> Result<Call, SqlError> {
        let inputs: Vec<String> = due.iter().map(Passage::input).collect();
        let texts: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let error = match self.vectors_of(server, &texts).await? {
            Ok(vectors) => {
                due.iter().zip(&vectors).try_for_each(|(passage, vector)| self.keep(passage, vector))?;
                return Ok(Call::Made);
            }
            Err(error) => error,
        };
        note_error(Level::Warn, "vectors_not_made", &error);
        if !error.is_about_texts() {
            return Ok(Call::Failed(error));
        }
        let is_alone = due.len() == 1;
        for passage in due {
            let wait = doubled(FIRST_REFUSED_MS, u64::from(passage.tries)).min(LONGEST_REFUSED_MS);
            let until = if is_alone { self.ports.now().saturating_add(wait) } else { 0 };
            self.put_off(passage, until)?;
        }
        Ok(Call::Refused(error))
    }

    /// The vectors of texts, in their order: one answer, and of as many dimensions as those that are kept.
    pub(super) async fn vectors_of(
        &self,
        server: &EmbeddingsConfig,
        texts: &[&str],
    ) -> Result<Result<Vec<Vector>, EmbeddingsError>, SqlError> {
        let answer = match self.ports.send(embeddings_request(server, texts)).await {
            Ok(answer) => embeddings_response(&answer, texts.len(), self.ports.now()),
            Err(error) => Err(error.into()),
        };
        let Some(kept) = self.dimensions()? else { return Ok(answer) };
        Ok(answer.and_then(|vectors| {
            match vectors.iter().map(|vector| vector.bytes().len()).find(|got| *got != kept) {
                Some(got) => Err(EmbeddingsError::OtherDimensions { kept, got }),
                None => Ok(vectors),
            }
        }))
    }

    fn rest(&self, error: &EmbeddingsError, failures: u64) -> Result<(), SqlError> {
        let wait = self.ports.now().saturating_add(doubled(FIRST_WAIT_MS, failures).min(LONGEST_WAIT_MS));
        let until = match error.retry() {
            Retry::NotBefore(at) => at.max(wait),
            Retry::Never | Retry::Later => wait,
        };
        self.set_failures(failures.saturating_add(1), until)
    }
}

fn doubled(ms: u64, times: u64) -> u64 {
    let factor = u32::try_from(times).ok().and_then(|times| 1_u64.checked_shl(times));
    ms.saturating_mul(factor.unwrap_or(u64::MAX))
}
