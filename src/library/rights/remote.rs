use std::rc::Rc;

use deputy_error::{Explained, Retry};
use deputy_fga::client::{
    Access, Connection, ErrorCode, FgaClient, Repeatable, RetryPolicy, WRITE_LIMIT, expand_request, expand_response,
    list_objects_request, list_objects_response,
};
use deputy_fga::tuple::Object;
use deputy_fga::{CheckRequest, Decision, ExpandRequest, ListObjectsRequest, Listed, UsersetTree};
use futures::lock::Mutex;

use super::changes::Changes;
use super::error::RightsError;
use super::outbox::{Outbox, Outcome, Pending, changes_of};
use super::outgoing::Outgoing;
use super::taken::Taken;
use crate::platform::log::{Level, note_error};
use crate::platform::ports::{Clock, Network, Random, Sql};

/// Somebody waits: one more attempt, and no wait that is longer than this.
const PATIENCE: RetryPolicy = RetryPolicy { most: 1, first_wait_ms: 100, longest_wait_ms: 2_000 };
/// The most calls of one round; what is left is due at once, in another.
const MOST_CALLS: usize = 10;

/// Auth0 FGA, or an OpenFGA server.
#[derive(Debug)]
pub struct Remote<P> {
    client: FgaClient<Outgoing<P>>,
    outbox: Outbox<P>,
    /// One after the other, so that two changes of one tuple arrive in their order.
    sending: Mutex<()>,
}

impl<P: Sql + Clock + Network + Random + Clone> Remote<P> {
    /// The service of this connection. What is taken away is counted.
    pub fn new(ports: P, connection: Connection, taken: Rc<Taken>) -> Self {
        let client = FgaClient::new(connection, Outgoing(ports.clone())).with_policy(PATIENCE);
        Self { client, outbox: Outbox { sql: ports, taken }, sending: Mutex::new(()) }
    }

    /// A decision for each question. What was changed here while the service was asked counts, too.
    pub async fn check(&self, questions: &[CheckRequest]) -> Vec<Decision<RightsError>> {
        let answers = self.client.batch_check(questions).await.into_iter().map(|answer| match answer {
            Decision::Allowed => Decision::Allowed,
            Decision::Denied => Decision::Denied,
            Decision::Unchecked(error) => Decision::Unchecked(error.into()),
        });
        let decided = match self.outbox.decide(questions, answers.collect()) {
            Ok(decided) => decided,
            Err(error) => questions.iter().map(|_| Decision::Unchecked(error.clone().into())).collect(),
        };
        if let Some(error) = decided.iter().find_map(Decision::error) {
            note_error(Level::Warn, "rights_unchecked", error);
        }
        decided
    }

    /// The objects that a user has a relation to, as far as the service lists them.
    pub async fn list_objects(&self, request: &ListObjectsRequest) -> Result<Listed<Object>, RightsError> {
        let ask = |access: &Access<'_>| Ok(list_objects_request(access, request));
        Ok(self.client.call(Repeatable::Yes, ask, list_objects_response).await?)
    }

    /// How a relation comes about, one step.
    pub async fn expand(&self, request: &ExpandRequest) -> Result<UsersetTree, RightsError> {
        Ok(self.client.call(Repeatable::Yes, |access| Ok(expand_request(access, request)), expand_response).await?)
    }

    /// Notes changes for [`settle`](Self::settle), with what else is written in the same unit.
    pub fn change(&self, changes: &Changes) -> Result<(), RightsError> {
        Ok(self.outbox.note(changes)?)
    }

    /// Settles, and says what became of these changes.
    ///
    /// Errors: why they are not made. After a refusal ([`RightsError::is_refusal`]) they can be taken back, else nobody knows what became of
    /// them, and they are tried again.
    pub async fn carry_out(&self, changes: &Changes) -> Result<(), RightsError> {
        let settled = self.settle().await;
        match (self.outbox.outcome(changes)?, settled) {
            (Outcome::Settled, _) => Ok(()),
            (Outcome::Refused, Err(error)) if error.is_refusal() => Err(error),
            (Outcome::Pending, Err(error)) if !error.is_refusal() => Err(error),
            _ => Err(RightsError::NotSettled),
        }
    }

    /// Takes back changes that [`settle`](Self::settle) could not make because they were refused.
    pub fn take_back(&self, changes: &Changes) -> Result<(), RightsError> {
        Ok(self.outbox.take_back(changes)?)
    }

    /// When something is due next.
    pub fn next_try(&self) -> Result<Option<u64>, RightsError> {
        Ok(self.outbox.next_try()?)
    }

    /// Tells the service what it does not know yet and what is due.
    ///
    /// Errors: the first change that could not be made, after all that could; it is due again later.
    pub async fn settle(&self) -> Result<(), RightsError> {
        if self.outbox.due(1)?.is_empty() {
            return Ok(());
        }
        let _one = self.sending.lock().await;
        let mut failed = None;
        for _ in 0..MOST_CALLS {
            let due = self.outbox.due(WRITE_LIMIT)?;
            if due.is_empty() {
                break;
            }
            let Err(error) = self.send(&due).await else { continue };
            note_error(Level::Warn, "rights_not_settled", &error);
            let goes_on = error.is_refusal();
            failed.get_or_insert(error);
            if !goes_on {
                break;
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Makes changes in one call. If the service takes them not, each by itself: one that the model does not allow holds up no other.
    async fn send(&self, due: &[Pending]) -> Result<(), RightsError> {
        match self.attempt(due).await {
            Ok(()) => return Ok(self.outbox.confirm(due)?),
            Err(error) if error.is_refusal() && due.len() > 1 => {}
            Err(error) => return self.put_off(due, error),
        }
        let mut refused = Ok(());
        for (place, one) in due.iter().enumerate() {
            match self.attempt(std::slice::from_ref(one)).await {
                Ok(()) => self.outbox.confirm(std::slice::from_ref(one))?,
                Err(error) if error.is_refusal() => refused = self.put_off(std::slice::from_ref(one), error),
                Err(error) => return self.put_off(due.get(place..).unwrap_or_default(), error),
            }
        }
        refused
    }

    async fn attempt(&self, due: &[Pending]) -> Result<(), RightsError> {
        match self.client.write(&changes_of(due).into()).await {
            // A server that knows no `ignore` says so of what is there already, or is not there any more.
            Err(error) if due.len() == 1 && error.error_code() == Some(ErrorCode::WriteFailed) => Ok(()),
            answer => Ok(answer?),
        }
    }

    fn put_off(&self, due: &[Pending], error: RightsError) -> Result<(), RightsError> {
        let not_before = match error.retry() {
            Retry::NotBefore(at) => Some(at),
            Retry::Never | Retry::Later => None,
        };
        self.outbox.put_off(due, not_before, error.is_refusal())?;
        Err(error)
    }
}
