//! One conversation with a server, over the account's network.

use std::cell::{Cell, RefCell};

use deputy_http::{Request, TransportError};
use deputy_mcp::client::authorization::Challenge;
use deputy_mcp::client::{
    Address, BodyStream, Client, ClientConfig, ClientError, Host, InputRequired, Limits, Network, Outcome, Reach,
    ToolCall,
};
use deputy_mcp::protocol::{CallToolResult, ElicitRequest, Implementation, InputRequest, Object, Revision, Tool, code};

use super::rows::{LONGEST_URL, Server};
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;
use crate::tools::mcp::ServerProblem;

/// How long a server may take, and how much it may answer.
const LIMITS: Limits = Limits { silence_ms: 30_000, total_ms: 60_000, max_bytes: 1 << 20 };

/// What a server says to a request that it has not begun.
const REFUSED_BEFORE: [i64; 7] = [
    code::PARSE_ERROR,
    code::INVALID_REQUEST,
    code::METHOD_NOT_FOUND,
    code::INVALID_PARAMS,
    code::HEADER_MISMATCH,
    code::MISSING_CLIENT_CAPABILITY,
    code::UNSUPPORTED_PROTOCOL_VERSION,
];

/// The account's network, as the client wants it.
pub struct Line<'a, P>(pub &'a P);

impl<P: Ports> Network for Line<'_, P> {
    async fn send(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        self.0.send_to_server(request).await
    }

    async fn sleep(&self, ms: u64) {
        self.0.sleep(ms).await;
    }

    fn now_ms(&self) -> u64 {
        self.0.now()
    }
}

type May = Result<Result<(), ServerProblem>, Refusal>;

/// Gives a server nothing of what it may ask for: neither the user's answers, nor a model's, nor roots. Has the last word on a call.
struct Caller<'a> {
    may: &'a dyn Fn() -> May,
    /// A call was handed to the network.
    sent: Cell<bool>,
    /// Why it was not.
    refused: RefCell<Option<Result<ServerProblem, Refusal>>>,
}

impl<'a> Caller<'a> {
    fn new(may: &'a dyn Fn() -> May) -> Self {
        Self { may, sent: Cell::new(false), refused: RefCell::new(None) }
    }
}

impl Host for &Caller<'_> {
    fn may_call(&self) -> bool {
        let refused = match (self.may)() {
            Ok(Ok(())) => None,
            Ok(Err(problem)) => Some(Ok(problem)),
            Err(refusal) => Some(Err(refusal)),
        };
        self.sent.set(refused.is_none());
        self.refused.replace(refused);
        self.sent.get()
    }
}

type ServerClient<'a, P> = Client<Line<'a, P>, &'a Caller<'a>>;

/// A problem, with what the server said when it wanted a log-in, and whether a call was sent.
pub struct Trouble {
    pub problem: ServerProblem,
    pub challenge: Option<Box<Challenge>>,
    pub sent: bool,
}

impl Trouble {
    /// It came up before anything was done.
    fn before(problem: ServerProblem) -> Self {
        Self { problem, challenge: None, sent: false }
    }
}

impl<P: Ports> Core<P> {
    /// Which addresses servers may be at.
    pub(super) fn reach(&self) -> Reach {
        if self.settings.development { Reach::PublicAndLoopback } else { Reach::Public }
    }

    /// All tools that a server offers.
    pub(super) async fn list_tools(&self, server: &Server) -> Result<Result<Vec<Tool>, Trouble>, Refusal> {
        let caller = Caller::new(&|| Ok(Ok(())));
        let listed = self.converse(server, &caller, async |client| client.tools().await).await?;
        Ok(listed.map(|list| list.tools))
    }

    /// Calls a tool, as the user accepted it. `may` is asked when everything that takes time is done, right before the call is sent.
    pub(super) async fn ask_server(
        &self,
        server: &Server,
        tool: &Tool,
        arguments: &Object,
        may: &dyn Fn() -> May,
    ) -> Result<Result<CallToolResult, Trouble>, Refusal> {
        let caller = Caller::new(may);
        let call = async |client: &ServerClient<'_, P>| client.call_tool(ToolCall::new(tool, arguments.clone())).await;
        let called = self.converse(server, &caller, call).await?;
        if let Some(refused) = caller.refused.take() {
            return Ok(Err(Trouble::before(refused?)));
        }
        Ok(match called {
            Ok(Outcome::Done(result)) => Ok(result),
            // It begins when the user has done what it wants.
            Ok(Outcome::InputRequired(wanted)) => Err(Trouble::before(asks(&wanted))),
            Err(trouble) => Err(trouble),
        })
    }

    /// One conversation with the token there is; a second time with another, if the server does not take it and there is another now: a token
    /// may end before its time.
    async fn converse<'s, T>(
        &'s self,
        server: &Server,
        caller: &'s Caller<'s>,
        ask: impl AsyncFn(&ServerClient<'s, P>) -> Result<T, ClientError>,
    ) -> Result<Result<T, Trouble>, Refusal> {
        let Ok(endpoint) = Address::parse(&server.url, self.reach()) else {
            return Ok(Err(Trouble::before(ServerProblem::AddressRefused)));
        };
        let token = match self.server_token(&server.id, None).await? {
            Ok(token) => token,
            Err(problem) => return Ok(Err(Trouble::before(problem))),
        };
        let client = self.client_of(server, caller, endpoint);
        client.set_access_token(token.clone());
        let mut answered = ask(&client).await;
        let renewed = match (&answered, token) {
            (Err(ClientError::Unauthorized(_)), Some(refused)) => self.server_token(&server.id, Some(&refused)).await?,
            _ => Ok(None),
        };
        let renewed = match renewed {
            Ok(Some(renewed)) => {
                client.set_access_token(Some(renewed));
                caller.sent.set(false);
                answered = ask(&client).await;
                None
            }
            Ok(None) => None,
            Err(problem) => Some(Trouble::before(problem)),
        };
        // A session that the server forgot did nothing, and there is no other in its place.
        let sent = caller.sent.get() && client.session().is_some();
        self.close(server, &client).await?;
        Ok(match renewed {
            Some(trouble) => Err(trouble),
            None => answered.map_err(|error| trouble(error, sent)),
        })
    }

    /// A client of the server, without a token.
    fn client_of<'s>(&'s self, server: &Server, caller: &'s Caller<'s>, endpoint: Address) -> ServerClient<'s, P> {
        let implementation = Implementation::new("Deputy", env!("CARGO_PKG_VERSION"));
        // A server that was found to be older is not asked first whether it has become newer.
        let newest = server.revision.as_deref().and_then(|known| known.parse().ok()).unwrap_or(Revision::V2026_07_28);
        let config =
            ClientConfig { limits: LIMITS, newest, ..ClientConfig::new(endpoint, self.reach(), implementation) };
        Client::new(Line(&self.ports), caller, config)
    }

    /// Ends the conversation, and notes what was learnt of the server.
    async fn close(&self, server: &Server, client: &ServerClient<'_, P>) -> Result<(), Refusal> {
        let spoken = client.session().map(|session| session.revision);
        client.close().await;
        match spoken {
            Some(revision) if server.revision.as_deref() != Some(revision.as_str()) => self.exec(
                "UPDATE mcp_servers SET revision = ? WHERE id = ?",
                &[revision.as_str().into(), server.id.as_str().into()],
            ),
            _ => Ok(()),
        }
    }
}

/// `sent`: it was a call that failed. One that waits for something of the user (`Declined`) has not begun; of one that was refused with
/// an error that says nothing of when (-32603, or one of the server's own) nobody knows.
fn trouble(error: ClientError, sent: bool) -> Trouble {
    let may_have_happened = match &error {
        ClientError::Refused { code, .. } => !REFUSED_BEFORE.contains(code),
        other => matches!(
            other,
            ClientError::Ended
                | ClientError::TimedOut
                | ClientError::Cancelled
                | ClientError::Unreachable
                | ClientError::TooLarge { .. }
                | ClientError::TooManyRounds { .. }
                | ClientError::Malformed { .. }
                | ClientError::Status { status: 500.. }
        ),
    };
    let (problem, challenge) = match error {
        ClientError::Unauthorized(challenge) => (ServerProblem::LogInNeeded, Some(Box::new(challenge))),
        ClientError::InsufficientScope(challenge) => (ServerProblem::MorePermissionNeeded, Some(Box::new(challenge))),
        ClientError::Refused { code: code::MISSING_CLIENT_CAPABILITY, .. } => (ServerProblem::AsksForMore, None),
        ClientError::Refused { code, .. } => (ServerProblem::Refused { code }, None),
        ClientError::TimedOut | ClientError::Cancelled => (ServerProblem::Slow, None),
        ClientError::TooLarge { .. } | ClientError::TooLong { .. } => (ServerProblem::TooLarge, None),
        ClientError::Declined | ClientError::TooManyRounds { .. } => (ServerProblem::AsksForMore, None),
        ClientError::Redirected => (ServerProblem::AddressRefused, None),
        ClientError::Status { status: 429 | 500.. } | ClientError::Unreachable | ClientError::Ended => {
            (ServerProblem::Down, None)
        }
        ClientError::Status { .. }
        | ClientError::Malformed { .. }
        | ClientError::UnsupportedRevision
        | ClientError::SessionEnded => (ServerProblem::Malformed, None),
    };
    Trouble { problem, challenge, sent: sent && may_have_happened }
}

/// The first page that the server wants the user on (MCP 2025-11-25, URL mode), if it is one that a browser may open and a chat may show.
fn asks(wanted: &InputRequired) -> ServerProblem {
    let page = wanted.requests.values().find_map(|request| match request {
        InputRequest::Elicitation(ElicitRequest::Url { url, .. }) => Some(url),
        _ => None,
    });
    match page.filter(|url| url.len() <= LONGEST_URL && Address::parse(url, Reach::Public).is_ok()) {
        Some(url) => ServerProblem::AsksForPage { url: url.clone() },
        None => ServerProblem::AsksForMore,
    }
}
