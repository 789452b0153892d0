use std::borrow::Cow;
use std::cell::Cell;

use deputy_http::json::read_value;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::connection::{Client, Line};
use crate::client::error::ClientError;
use crate::client::exchange::Answer;
use crate::client::host::Host;
use crate::client::network::Network;
use crate::client::session::{Session, SessionId, Transport};
use crate::client::wire::with_meta;
use crate::protocol::{
    Implementation, Notification, Object, Request, Revision, ServerCapabilities, code, meta, method,
};

/// Revisions that a server may answer `initialize` with and that are spoken by the rules of 2025-06-18.
const OLDER: [&str; 2] = ["2025-03-26", "2024-11-05"];

/// A request to be made, in whatever session there is.
pub(crate) struct Wanted<'a> {
    pub method: &'static str,
    pub params: Object,
    pub headers: &'a [(String, String)],
    /// Takes the id of the request that is under way.
    pub under_way: &'a Cell<Option<u64>>,
}

impl<N: Network, H: Host> Client<N, H> {
    /// Agrees with the server on a revision: `server/discover` (2026-07-28), else `initialize` (2025-11-25 and before), else HTTP with
    /// SSE (2024-11-05). Done by itself before the first request; done explicitly it tells what the server is.
    ///
    /// Errors: as of every call.
    pub async fn connect(&self) -> Result<Session, ClientError> {
        self.set_session(None);
        let session = self.agree().await?;
        self.set_session(Some(session.clone()));
        Ok(session)
    }

    /// Makes a request; connects first where that was not done, and again, once, where the server has forgotten the session or no
    /// longer speaks the revision: in both cases it has done nothing yet.
    pub(super) async fn request(&self, wanted: Wanted<'_>) -> Result<Value, ClientError> {
        let mut again = false;
        loop {
            let session = match self.session() {
                Some(session) => session,
                None => self.connect().await?,
            };
            let id = self.next_id();
            wanted.under_way.set(Some(id));
            let request = Request::new(id, wanted.method, wanted.params.clone());
            let outcome = match session.transport {
                Transport::Streamable => {
                    self.exchange(Line::of(&session), &self.dressed(&session, request), wanted.headers).await
                }
                Transport::EventStream => self.exchange_over_events(Some(&session), &request).await,
            };
            wanted.under_way.set(None);
            match outcome {
                Ok(answer) => return Ok(answer.result),
                Err(
                    ClientError::SessionEnded | ClientError::Refused { code: code::UNSUPPORTED_PROTOCOL_VERSION, .. },
                ) if !again => {
                    again = true;
                    self.set_session(None);
                }
                Err(error) => {
                    if error == ClientError::TimedOut {
                        self.tell_cancelled(&session, id).await;
                    }
                    return Err(error);
                }
            }
        }
    }

    /// A request with what the revision wants in each.
    pub(super) fn dressed(&self, session: &Session, request: Request) -> Request {
        if session.revision.has_sessions() {
            return request;
        }
        with_meta(request, session.revision, &self.config.implementation, &self.host.capabilities())
    }

    async fn agree(&self) -> Result<Session, ClientError> {
        if !self.config.newest.has_sessions()
            && let Some(session) = self.discover().await?
        {
            return Ok(session);
        }
        match self.initialize().await {
            // What is no streamable HTTP may be the transport before it.
            Err(ClientError::Status { status: 400 | 404 | 405 } | ClientError::Malformed { .. }) => {
                self.initialize_over_events().await
            }
            outcome => outcome,
        }
    }

    /// 2026-07-28. `None`: the server is older.
    async fn discover(&self) -> Result<Option<Session>, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Discovered {
            supported_versions: Vec<String>,
            #[serde(default)]
            capabilities: ServerCapabilities,
            server_info: Option<Implementation>,
            instructions: Option<String>,
            #[serde(default, rename = "_meta")]
            meta: Object,
        }
        let revision = self.config.newest;
        let probe = Session {
            transport: Transport::Streamable,
            revision,
            protocol_version: revision.to_string(),
            session_id: None,
            server: Implementation::default(),
            capabilities: ServerCapabilities::default(),
            instructions: None,
        };
        let mut told = false;
        let answer = loop {
            let request = Request::new(self.next_id(), method::DISCOVER, Object::new());
            match self.exchange(Line::of(&probe), &self.dressed(&probe, request), &[]).await {
                Ok(answer) => break answer,
                Err(ClientError::Refused { code: code::UNSUPPORTED_PROTOCOL_VERSION, data, .. }) => {
                    let supported = data.as_ref().and_then(|data| data.get("supported")).and_then(Value::as_array);
                    let speaks = |revision: &str| supported.is_some_and(|all| all.iter().any(|one| one == revision));
                    if speaks(revision.as_str()) && !told {
                        told = true;
                    } else if Revision::WITH_SESSIONS.iter().any(|revision| speaks(revision.as_str())) {
                        return Ok(None);
                    } else {
                        return Err(ClientError::UnsupportedRevision);
                    }
                }
                Err(ClientError::Status { .. } | ClientError::Refused { .. } | ClientError::Malformed { .. }) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        };
        let Ok(mut discovered) = read_value::<Discovered>(&answer.result) else { return Ok(None) };
        if !discovered.supported_versions.iter().any(|version| version == revision.as_str()) {
            return Ok(None);
        }
        let named = discovered.meta.remove(meta::SERVER_INFO).and_then(|value| read_value(&value).ok());
        let server = named.or(discovered.server_info).unwrap_or_default();
        let (capabilities, instructions) = (discovered.capabilities, discovered.instructions);
        Ok(Some(Session { server, capabilities, instructions, ..probe }))
    }

    /// 2025-11-25 and before.
    async fn initialize(&self) -> Result<Session, ClientError> {
        let request = self.initialize_request();
        let Answer { result, headers } = self.exchange(Line::default(), &request, &[]).await?;
        let session_id = headers.get("mcp-session-id").and_then(|value| value.to_str().ok()).and_then(SessionId::read);
        let session = Session { session_id, ..self.initialized(&result, Transport::Streamable)? };
        self.tell(Line::of(&session), &Notification::new(method::INITIALIZED, Object::new()).into()).await?;
        Ok(session)
    }

    async fn initialize_over_events(&self) -> Result<Session, ClientError> {
        let request = self.initialize_request();
        let Answer { result, .. } = self.exchange_over_events(None, &request).await?;
        self.initialized(&result, Transport::EventStream)
    }

    pub(super) fn initialize_request(&self) -> Request {
        let [newest, _] = Revision::WITH_SESSIONS;
        let newest = self.config.newest.min(newest);
        let params = json!({
            "protocolVersion": newest,
            "capabilities": self.host.capabilities(),
            "clientInfo": self.config.implementation,
        });
        let params = if let Value::Object(params) = params { params } else { Object::new() };
        Request::new(self.next_id(), method::INITIALIZE, params)
    }

    fn initialized(&self, result: &Value, transport: Transport) -> Result<Session, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Initialized {
            protocol_version: String,
            #[serde(default)]
            capabilities: ServerCapabilities,
            #[serde(default)]
            server_info: Implementation,
            instructions: Option<String>,
        }
        let initialized: Initialized =
            read_value(result).map_err(|_| ClientError::Malformed { method: Cow::Borrowed(method::INITIALIZE) })?;
        let known = initialized.protocol_version.parse().ok().filter(|revision: &Revision| revision.has_sessions());
        let older = OLDER.contains(&initialized.protocol_version.as_str()).then_some(Revision::V2025_06_18);
        Ok(Session {
            transport,
            revision: known.or(older).ok_or(ClientError::UnsupportedRevision)?,
            protocol_version: initialized.protocol_version,
            session_id: None,
            server: initialized.server_info,
            capabilities: initialized.capabilities,
            instructions: initialized.instructions,
        })
    }
}
