use std::future::Future;
use std::sync::{Mutex, PoisonError};

use deputy_http::{Request, Response, Secret, TransportError};

use super::batch_check::batch_check_requests;
use super::check::{check_request, check_response};
use super::connection::{Access, Connection, Consistency, Credential};
use super::error::ApiError;
use super::question::validate;
use super::retry::{Repeatable, RetryPolicy};
use super::token::{AccessToken, token_response};
use super::write::{write_requests, write_response};
use crate::decision::Decision;
use crate::filter::Checker;
use crate::questions::CheckRequest;
use crate::write::{OnConflict, WriteRequest};

/// What a call needs of the world.
pub trait Ports {
    /// Sends a request and gives the whole answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>>;
    /// Waits.
    fn sleep_ms(&self, milliseconds: u64) -> impl Future<Output = ()>;
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> u64;
    /// Any number, another one each time.
    fn random(&self) -> u64;
}

/// The service, with a token that is kept until it ends and calls that are made again.
#[derive(Debug)]
pub struct FgaClient<P> {
    connection: Connection,
    ports: P,
    policy: RetryPolicy,
    consistency: Consistency,
    token: Mutex<Option<AccessToken>>,
}

impl<P: Ports> FgaClient<P> {
    /// Questions are answered with what was written before ([`Consistency::HigherConsistency`]): a right that was taken away is gone.
    pub fn new(connection: Connection, ports: P) -> Self {
        let token = Mutex::new(None);
        Self { connection, ports, policy: RetryPolicy::default(), consistency: Consistency::HigherConsistency, token }
    }

    /// The same, with another policy.
    #[must_use]
    pub fn with_policy(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// The same, with another consistency.
    #[must_use]
    pub fn with_consistency(self, consistency: Consistency) -> Self {
        Self { consistency, ..self }
    }

    /// The same, with a token that was kept ([`FgaClient::token`]).
    #[must_use]
    pub fn with_token(self, token: AccessToken) -> Self {
        Self { token: Mutex::new(Some(token)), ..self }
    }

    /// The token, to be kept sealed where the client does not live long.
    pub fn token(&self) -> Option<AccessToken> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the user has the relation.
    pub async fn check(&self, question: &CheckRequest) -> Decision<ApiError> {
        if let Err(error) = validate(question) {
            return Decision::Unchecked(error);
        }
        self.call(Repeatable::Yes, |access| check_request(access, question), check_response).await.into()
    }

    /// A decision for each question, in their order.
    pub async fn batch_check(&self, questions: &[CheckRequest]) -> Vec<Decision<ApiError>> {
        let left_out = || Decision::Unchecked(ApiError::Malformed { field: "result" });
        let mut decisions: Vec<_> = questions.iter().map(|_| left_out()).collect();
        let mut decide = |number: usize, decision| {
            if let Some(place) = decisions.get_mut(number) {
                *place = decision;
            }
        };
        // How many calls there are does not depend on the token.
        let planned = batch_check_requests(&self.access(None), questions);
        for (number, error) in planned.not_asked {
            decide(number, Decision::Unchecked(error));
        }
        for call in planned.calls {
            let numbers: Vec<_> = call.questions().collect();
            let make = |access: &Access<'_>| Ok(access.renewed(&call.request));
            match self.call(Repeatable::Yes, make, |response, now_ms| call.answers(response, now_ms)).await {
                Ok(answers) => answers.into_iter().for_each(|(number, decision)| decide(number, decision)),
                Err(error) => {
                    numbers.into_iter().for_each(|number| decide(number, Decision::Unchecked(error.clone())));
                }
            }
        }
        decisions
    }

    /// Writes and deletes tuples. More than [`WRITE_LIMIT`](super::WRITE_LIMIT) take several calls, and a call that fails leaves those
    /// before it done: then the same changes are made again, with [`OnConflict::Ignore`].
    pub async fn write(&self, changes: &WriteRequest) -> Result<(), ApiError> {
        let same_again = (changes.on_duplicate == OnConflict::Ignore || changes.writes.is_empty())
            && (changes.on_missing == OnConflict::Ignore || changes.deletes.is_empty());
        let repeatable = if same_again { Repeatable::Yes } else { Repeatable::No };
        for request in write_requests(&self.access(None), changes) {
            self.call(repeatable, |access| Ok(access.renewed(&request)), write_response).await?;
        }
        Ok(())
    }

    /// Any call of this module: gets a token where one is needed, and makes the call again as the policy says. A token that is refused is
    /// dropped, and the call made once more with a new one.
    pub async fn call<T>(
        &self,
        repeatable: Repeatable,
        make: impl Fn(&Access<'_>) -> Result<Request, ApiError>,
        read: impl Fn(&Response, u64) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut renewed = false;
        let mut made = 0_u32;
        loop {
            let (sent, outcome) = self.once(&make, &read).await;
            made = made.saturating_add(1);
            let Err(error) = outcome else { return outcome };
            // What was never sent did nothing.
            let repeatable = if sent { repeatable } else { Repeatable::Yes };
            let kept = self.token();
            if error == ApiError::Unauthenticated && kept.is_some() && !renewed {
                renewed = true;
                *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
                continue;
            }
            match self.policy.wait_ms(&error, repeatable, made, self.ports.random(), self.ports.now_ms()) {
                Some(wait) => self.ports.sleep_ms(wait).await,
                None => return Err(error),
            }
        }
    }

    fn access<'a>(&'a self, bearer: Option<&'a Secret>) -> Access<'a> {
        Access::new(&self.connection, bearer).with_consistency(self.consistency)
    }

    /// One attempt, and whether the call itself was sent.
    async fn once<T>(
        &self,
        make: &impl Fn(&Access<'_>) -> Result<Request, ApiError>,
        read: &impl Fn(&Response, u64) -> Result<T, ApiError>,
    ) -> (bool, Result<T, ApiError>) {
        let request = self.bearer().await.and_then(|bearer| make(&self.access(bearer.as_ref())));
        match request {
            Err(error) => (false, Err(error)),
            Ok(request) => {
                let response = self.ports.send(request).await.map_err(ApiError::from);
                (true, response.and_then(|response| read(&response, self.ports.now_ms())))
            }
        }
    }

    async fn bearer(&self) -> Result<Option<Secret>, ApiError> {
        match self.connection.credential(self.token().as_ref(), self.ports.now_ms()) {
            Credential::Ready(bearer) => Ok(bearer),
            Credential::GetToken(request) => {
                let response = self.ports.send(*request).await?;
                let token = token_response(&response, self.ports.now_ms())?;
                let bearer = token.token.clone();
                *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
                Ok(Some(bearer))
            }
        }
    }
}

impl<P: Ports> Checker for FgaClient<P> {
    type Error = ApiError;

    fn check(&self, questions: &[CheckRequest]) -> impl Future<Output = Vec<Decision<ApiError>>> {
        self.batch_check(questions)
    }
}
