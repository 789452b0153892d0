use deputy_http::{Request as HttpRequest, Response as HttpResponse};
use http::{HeaderMap, Method};

use super::accept::{Accepts, is_json};
use super::headers::{self, HeaderProblem, one};
use super::reply;
use super::stateless::{StatelessRequest, meta_of, unsupported};
use crate::protocol::{Id, Message, Request, Revision, RpcError, code, meta, method};

/// Where messages arrive, of every revision: says what is to be done with a request.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// Origins of pages that may send requests, beside this server's own; of others every request is refused, because a page that made
    /// its name point to this machine would send them (DNS rebinding).
    pub origins: Vec<String>,
    /// Names, with port, by which this server may be called; all if empty. For servers that listen on a machine where pages are opened.
    pub hosts: Vec<String>,
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Arrival {
    /// This is the answer.
    Answer(HttpResponse),
    /// A request of 2026-07-28: [`serve`](super::serve) it.
    Stateless(Box<StatelessRequest>),
    /// `subscriptions/listen` of 2026-07-28.
    Listen(Box<StatelessRequest>),
    /// `initialize`: a session begins.
    Begin(Request),
    /// For the session of that id.
    Session {
        /// 128 random bits in base64url, as [`is_session_id`] has it.
        id: String,
        /// What to do there.
        visit: SessionVisit,
    },
}

/// What a client does in its session.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionVisit {
    /// Sends a message, and takes the answer in these forms.
    Post(Message, Accepts),
    /// Opens the stream of the session's own, or goes on with a stream after the event of that id.
    Listen {
        /// `Last-Event-ID`
        after: Option<String>,
    },
    /// Ends it.
    Delete,
}

impl Endpoint {
    /// Looks at a request. `own_origin` is the origin at which it arrived.
    pub fn take(&self, request: &HttpRequest, own_origin: &str) -> Arrival {
        match self.look(request, own_origin) {
            Ok(arrival) => arrival,
            Err(Refused(answer)) => Arrival::Answer(*answer),
        }
    }

    fn look(&self, request: &HttpRequest, own_origin: &str) -> Result<Arrival, Refused> {
        let sent = request.headers();
        self.check_origin(sent, own_origin)?;
        let session = one(sent, headers::SESSION)?;
        let version = one(sent, headers::VERSION)?;
        // Sessions are named by those that have them only.
        let session = session.filter(|_| version != Some(Revision::V2026_07_28.as_str()));
        match (request.method(), session) {
            (&Method::POST, _) => post(request, session, version),
            (&Method::GET, Some(session)) => {
                check_version(version, None)?;
                if !Accepts::of(sent).events {
                    return refuse(reply::refused(406, "This stream is `text/event-stream`."));
                }
                let after = one(sent, "last-event-id")?.map(str::to_owned);
                in_session(session, SessionVisit::Listen { after })
            }
            (&Method::DELETE, Some(session)) => {
                check_version(version, None)?;
                in_session(session, SessionVisit::Delete)
            }
            _ => refuse(reply::method_not_allowed("POST")),
        }
    }

    fn check_origin(&self, headers: &HeaderMap, own_origin: &str) -> Result<(), Refused> {
        let host = one(headers, "host")?;
        if !self.hosts.is_empty() && !host.is_some_and(|host| self.hosts.iter().any(|name| name == host)) {
            return refuse(reply::refused(403, "This server is not called by that name."));
        }
        match one(headers, "origin")? {
            Some(origin) if origin != own_origin && !self.origins.iter().any(|allowed| allowed == origin) => {
                refuse(reply::refused(403, "Pages of this origin may not send requests here."))
            }
            _ => Ok(()),
        }
    }
}

fn post(request: &HttpRequest, session: Option<&str>, version: Option<&str>) -> Result<Arrival, Refused> {
    let headers = request.headers();
    if !is_json(headers) {
        return refuse(reply::refused(415, "The body has to be `application/json`."));
    }
    let accepts = Accepts::of(headers);
    if !accepts.json && !accepts.events {
        return refuse(reply::refused(406, "Answers are `application/json` or `text/event-stream`."));
    }
    let message =
        Message::read(request.body()).map_err(|unreadable| reply::error(400, unreadable.id, unreadable.error))?;
    let named = named_revision(&message);
    match message {
        message if version == Some(Revision::V2026_07_28.as_str()) || named => stateless(headers, message, accepts),
        Message::Request(request) if request.method == method::INITIALIZE => Ok(Arrival::Begin(request)),
        message => {
            check_version(version, id_of(&message))?;
            match session {
                Some(session) => in_session(session, SessionVisit::Post(message, accepts)),
                None => refuse(reply::error(400, id_of(&message), RpcError::new(code::INVALID_REQUEST, NO_SESSION))),
            }
        }
    }
}

const NO_SESSION: &str = "`Mcp-Session-Id` is missing: begin with `initialize`, or send the `_meta` of 2026-07-28.";

/// True if the message says its revision itself, as those of 2026-07-28 do.
fn named_revision(message: &Message) -> bool {
    let params = match message {
        Message::Request(request) => &request.params,
        Message::Notification(notification) => &notification.params,
        Message::Response(_) => return false,
    };
    meta_of(params).is_some_and(|names| names.contains_key(meta::PROTOCOL_VERSION))
}

fn stateless(headers: &HeaderMap, message: Message, accepts: Accepts) -> Result<Arrival, Refused> {
    match message {
        Message::Request(request) => {
            let id = request.id.clone();
            let request = StatelessRequest::check(headers, request, accepts)
                .map(Box::new)
                .map_err(|error| reply::error(400, Some(id), error))?;
            Ok(if request.request.method == method::LISTEN {
                Arrival::Listen(request)
            } else {
                Arrival::Stateless(request)
            })
        }
        // Those that are not known are passed over, as JSON-RPC has it.
        Message::Notification(_) => Ok(Arrival::Answer(reply::accepted())),
        Message::Response(_) => {
            refuse(reply::refused(400, "This server sends no requests, so there is nothing to respond to."))
        }
    }
}

fn in_session(id: &str, visit: SessionVisit) -> Result<Arrival, Refused> {
    if !is_session_id(id) {
        return refuse(reply::no_session());
    }
    Ok(Arrival::Session { id: id.to_owned(), visit })
}

/// True for what may be the id of a session: 128 bits in base64url. Nothing is looked for under other names.
pub fn is_session_id(id: &str) -> bool {
    id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A session knows its revision; what contradicts every one of those is refused.
fn check_version(version: Option<&str>, id: Option<Id>) -> Result<(), Refused> {
    match version {
        Some(version) if version.parse::<Revision>().is_err() => refuse(reply::error(400, id, unsupported(version))),
        _ => Ok(()),
    }
}

fn id_of(message: &Message) -> Option<Id> {
    match message {
        Message::Request(request) => Some(request.id.clone()),
        Message::Notification(_) | Message::Response(_) => None,
    }
}

/// A request that goes no further, with its answer.
struct Refused(Box<HttpResponse>);

impl From<HttpResponse> for Refused {
    fn from(answer: HttpResponse) -> Self {
        Self(Box::new(answer))
    }
}

impl From<HeaderProblem> for Refused {
    fn from(problem: HeaderProblem) -> Self {
        reply::refused(400, &problem.to_string()).into()
    }
}

fn refuse<T>(answer: HttpResponse) -> Result<T, Refused> {
    Err(answer.into())
}
