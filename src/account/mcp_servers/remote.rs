//! One conversation with a server, over the account's network.

use deputy_http::{Request, Secret, TransportError};
use deputy_mcp::client::authorization::Challenge;
use deputy_mcp::client::{
    Address, BodyStream, Client, ClientConfig, ClientError, Host, InputRequired, Limits, Network, Outcome, Reach,
    ToolCall,
};
use deputy_mcp::protocol::{CallToolResult, ElicitRequest, Implementation, InputRequest, Object, Revision, Tool};

use super::rows::Server;
use crate::account::core::{Core, Ports};
use crate::objects::Refusal;
use crate::tools::mcp::ServerProblem;

/// How long a server may take, and how much it may answer.
const LIMITS: Limits = Limits { silence_ms: 30_000, total_ms: 60_000, max_bytes: 1 << 20 };

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

/// Gives a server nothing of what it may ask for: neither the user's answers, nor a model's, nor roots.
pub struct NothingGiven;

impl Host for NothingGiven {}

type ServerClient<'a, P> = Client<Line<'a, P>, NothingGiven>;
/// A client, and the token that it has.
type Ready<'a, P> = (ServerClient<'a, P>, Option<Secret>);

/// A problem, with what the server said when it wanted a log-in, and whether a call was sent.
pub struct Trouble {
    pub problem: ServerProblem,
    pub challenge: Option<Box<Challenge>>,
    pub sent: bool,
}

impl<P: Ports> Core<P> {
    /// Which addresses servers may be at.
    pub(super) fn reach(&self) -> Reach {
        if self.settings.development { Reach::PublicAndLoopback } else { Reach::Public }
    }

    /// All tools that a server offers.
    pub(super) async fn list_tools(&self, server: &Server) -> Result<Result<Vec<Tool>, Trouble>, Refusal> {
        let (client, token) = match self.client_of(server).await? {
            Ok(client) => client,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let mut listed = client.tools().await;
        if self.renewed(server, &client, token, listed.as_ref().err()).await? {
            listed = client.tools().await;
        }
        self.close(server, &client).await?;
        Ok(listed.map(|list| list.tools).map_err(trouble))
    }

    /// Calls a tool, as the user accepted it.
    pub(super) async fn ask_server(
        &self,
        server: &Server,
        tool: &Tool,
        arguments: &Object,
    ) -> Result<Result<CallToolResult, Trouble>, Refusal> {
        let (client, token) = match self.client_of(server).await? {
            Ok(client) => client,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let mut called = client.call_tool(ToolCall::new(tool, arguments.clone())).await;
        if self.renewed(server, &client, token, called.as_ref().err()).await? {
            called = client.call_tool(ToolCall::new(tool, arguments.clone())).await;
        }
        self.close(server, &client).await?;
        Ok(match called {
            Ok(Outcome::Done(result)) => Ok(result),
            Ok(Outcome::InputRequired(wanted)) => Err(Trouble { problem: asks(&wanted), challenge: None, sent: true }),
            Err(error) => Err(trouble(error)),
        })
    }

    /// A client of the server, with the token there is.
    async fn client_of(&self, server: &Server) -> Result<Result<Ready<'_, P>, Trouble>, Refusal> {
        let Ok(endpoint) = Address::parse(&server.url, self.reach()) else {
            return Ok(Err(Trouble { problem: ServerProblem::AddressRefused, challenge: None, sent: false }));
        };
        let implementation = Implementation::new("Deputy", env!("CARGO_PKG_VERSION"));
        // A server that was found to be older is not asked first whether it has become newer.
        let newest = server.revision.as_deref().and_then(|known| known.parse().ok()).unwrap_or(Revision::V2026_07_28);
        let config =
            ClientConfig { limits: LIMITS, newest, ..ClientConfig::new(endpoint, self.reach(), implementation) };
        let client = Client::new(Line(&self.ports), NothingGiven, config);
        let token = self.server_token(&server.id, None).await?;
        client.set_access_token(token.clone());
        Ok(Ok((client, token)))
    }

    /// True when the server did not take the token and there is another now: a token may end before its time.
    async fn renewed(
        &self,
        server: &Server,
        client: &ServerClient<'_, P>,
        token: Option<Secret>,
        error: Option<&ClientError>,
    ) -> Result<bool, Refusal> {
        let (Some(ClientError::Unauthorized(_)), Some(refused)) = (error, token) else { return Ok(false) };
        let renewed = self.server_token(&server.id, Some(&refused)).await?;
        let is_there = renewed.is_some();
        client.set_access_token(renewed);
        Ok(is_there)
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

fn trouble(error: ClientError) -> Trouble {
    let sent = matches!(
        error,
        ClientError::Ended
            | ClientError::TimedOut
            | ClientError::Unreachable
            | ClientError::TooLarge { .. }
            | ClientError::Malformed { .. }
            | ClientError::Declined
            | ClientError::Status { status: 500.. }
    );
    let (problem, challenge) = match error {
        ClientError::Unauthorized(challenge) => (ServerProblem::LogInNeeded, Some(Box::new(challenge))),
        ClientError::InsufficientScope(challenge) => (ServerProblem::MorePermissionNeeded, Some(Box::new(challenge))),
        ClientError::Refused { code, .. } => (ServerProblem::Refused { code }, None),
        ClientError::TimedOut | ClientError::Cancelled => (ServerProblem::Slow, None),
        ClientError::TooLarge { .. } | ClientError::TooLong { .. } => (ServerProblem::TooLarge, None),
        ClientError::Declined | ClientError::TooManyRounds { .. } => (ServerProblem::AsksForMore, None),
        ClientError::Redirected => (ServerProblem::AddressRefused, None),
        ClientError::Status { status: 500.. } | ClientError::Unreachable | ClientError::Ended => {
            (ServerProblem::Down, None)
        }
        ClientError::Status { .. }
        | ClientError::Malformed { .. }
        | ClientError::UnsupportedRevision
        | ClientError::SessionEnded => (ServerProblem::Malformed, None),
    };
    Trouble { problem, challenge, sent }
}

/// The first page that the server wants the user on (MCP 2025-11-25, URL mode), if it is one that a browser may open.
fn asks(wanted: &InputRequired) -> ServerProblem {
    let page = wanted.requests.values().find_map(|request| match request {
        InputRequest::Elicitation(ElicitRequest::Url { url, .. }) => Some(url),
        _ => None,
    });
    match page.filter(|url| Address::parse(url, Reach::Public).is_ok()) {
        Some(url) => ServerProblem::AsksForPage { url: url.clone() },
        None => ServerProblem::AsksForMore,
    }
}
