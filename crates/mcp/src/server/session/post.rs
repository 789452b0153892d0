use std::cell::RefCell;
use std::collections::HashMap;

use deputy_http::Response as HttpResponse;
use deputy_http::json::read_value;
use futures::channel::mpsc::UnboundedReceiver;
use serde::Deserialize;
use serde_json::{Value, json};

use super::about::{About, Call};
use super::live::Sent;
use super::state::Session;
use super::store::{SessionStore, StoreFailed};
use crate::protocol::{
    CallToolResult, ClientCapabilities, Id, Implementation, InputResponse, LoggingLevel, Message, Notification, Object,
    Params, Request, Response, Revision, RpcError, code, method,
};
use crate::server::dispatch::{member, object};
use crate::server::fault::Fault;
use crate::server::offer::Offer;
use crate::server::reply;

/// Calls of a session that may be open at once.
const MOST_CALLS: u64 = 64;

/// What is to be done after a message was taken.
pub enum Posted {
    /// Nothing; this is the answer.
    Answer(HttpResponse),
    /// [`Session::work`] on that stream if there is a number, and answer with what goes out on it.
    Request(Option<u64>, UnboundedReceiver<Sent>),
    /// [`Session::work`] on that stream, and answer with 202: what a call waited for is there.
    Resume(u64),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initialize {
    protocol_version: String,
    #[serde(default)]
    capabilities: ClientCapabilities,
    #[serde(default)]
    client_info: Option<Implementation>,
}

impl<S: SessionStore> Session<S> {
    /// Begins a session of a caller's, whom the shell names by `owner`; with the answer of `initialize`.
    ///
    /// Errors: as the answer.
    pub fn begin(
        store: S,
        owner: &str,
        offer: &impl Offer,
        request: &Request,
    ) -> Result<(Self, HttpResponse), Box<HttpResponse>> {
        let asked: Initialize = read_value(&Value::Object(request.params.clone())).map_err(|error| {
            let problem = RpcError::new(code::INVALID_PARAMS, format!("{error}."));
            Box::new(reply::error(400, Some(request.id.clone()), problem))
        })?;
        // What is not known here is answered with the newest that has sessions; who does not know that goes away.
        let named = asked.protocol_version.parse::<Revision>().ok().filter(|revision| revision.has_sessions());
        let about = About {
            owner: owner.to_owned(),
            revision: named.unwrap_or(Revision::V2025_11_25),
            capabilities: asked.capabilities,
            implementation: asked.client_info,
            offered: offer.capabilities(),
            level: None,
            subscriptions: Vec::new(),
            last: 0,
        };
        let mut result = Object::new();
        result.insert("protocolVersion".to_owned(), json!(about.revision));
        result.insert("capabilities".to_owned(), json!(about.offered));
        result.insert("serverInfo".to_owned(), json!(offer.implementation()));
        result.extend(offer.instructions().map(|instructions| ("instructions".to_owned(), instructions.into())));
        let failed =
            |StoreFailed| Box::new(reply::fault(Some(request.id.clone()), &Fault::Unavailable, about.revision));
        about.keep(&store).map_err(failed)?;
        let answer = reply::message(200, &Response::new(request.id.clone(), Ok(Value::Object(result))).into());
        Ok((Self::of(store, about), answer))
    }

    /// The session that is in the store. Calls that ran when its object was lost, or were about to go on, are answered: nobody knows how
    /// far they were.
    pub fn open(store: S) -> Result<Option<Self>, StoreFailed> {
        let Some(about) = About::load(&store)? else { return Ok(None) };
        let session = Self::of(store, about);
        for (stream, call) in Call::all(&session.store)? {
            if call.waits.as_ref().is_none_or(|waits| waits.asked.is_empty()) {
                session.answer(stream, &call, Err(Fault::Unavailable))?;
            }
        }
        Ok(Some(session))
    }

    fn of(store: S, about: About) -> Self {
        let (live, running) = (RefCell::new(HashMap::new()), RefCell::new(HashMap::new()));
        Self { store, about: RefCell::new(about), live, running }
    }

    /// True for the caller who began it.
    pub fn is_of(&self, owner: &str) -> bool {
        self.about.borrow().owner == owner
    }

    /// Whose it is.
    pub fn owner(&self) -> String {
        self.about.borrow().owner.clone()
    }

    /// Answers the call of a stream with a fault.
    pub fn give_up(&self, stream: u64, fault: Fault) -> Result<(), StoreFailed> {
        match Call::load(&self.store, stream)? {
            Some(call) => self.answer(stream, &call, Err(fault)),
            None => Ok(()),
        }
    }

    /// Ends everything that runs. What is stored is the shell's to remove.
    pub fn end(&self) {
        self.running.borrow_mut().drain().for_each(|(_, running)| running.abort());
        self.live.borrow_mut().clear();
    }

    /// Takes a message.
    pub fn post(&self, message: Message) -> Result<Posted, StoreFailed> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) => {
                self.notified(&notification)?;
                Ok(Posted::Answer(reply::accepted()))
            }
            Message::Response(response) => Ok(match self.responded(response)? {
                Some(stream) => Posted::Resume(stream),
                None => Posted::Answer(reply::accepted()),
            }),
        }
    }

    fn request(&self, request: Request) -> Result<Posted, StoreFailed> {
        let stream = self.next_number()?;
        let sent = self.attach(stream);
        let call = Call::of(request);
        let at_once = match self.at_once(&call)? {
            None if Call::count(&self.store)? >= MOST_CALLS => {
                Some(Err(Fault::invalid("Too many calls of this session are open.")))
            }
            at_once => at_once,
        };
        match at_once {
            Some(outcome) => {
                self.answer(stream, &call, outcome)?;
                Ok(Posted::Request(None, sent))
            }
            None => {
                call.keep(&self.store, stream)?;
                Ok(Posted::Request(Some(stream), sent))
            }
        }
    }

    /// What the session answers itself.
    fn at_once(&self, call: &Call) -> Result<Option<Result<Object, Fault>>, StoreFailed> {
        let offered = self.about.borrow().offered.clone();
        let subscribes = offered.resources.is_some_and(|resources| resources.subscribe == Some(true));
        let outcome = match call.method.as_str() {
            method::PING => Ok(Object::new()),
            method::INITIALIZE => Err(Fault::invalid("This session has begun already.")),
            method::SET_LEVEL if offered.logging.is_some() => match member::<LoggingLevel>(&call.params, "level") {
                Ok(Some(level)) => {
                    self.change(|about| about.level = Some(level))?;
                    Ok(Object::new())
                }
                _ => Err(Fault::invalid("`level` has to be a level.")),
            },
            method::RESOURCES_SUBSCRIBE if subscribes => self.subscribe(&call.params, true)?,
            method::RESOURCES_UNSUBSCRIBE if subscribes => self.subscribe(&call.params, false)?,
            _ => return Ok(None),
        };
        Ok(Some(outcome))
    }

    fn subscribe(&self, params: &Params, begins: bool) -> Result<Result<Object, Fault>, StoreFailed> {
        const MOST: usize = 1000;
        let Some(Value::String(uri)) = params.get("uri") else {
            return Ok(Err(Fault::invalid("`uri` has to be a text.")));
        };
        if begins && self.about.borrow().subscriptions.len() >= MOST {
            return Ok(Err(Fault::invalid("These are too many subscriptions.")));
        }
        self.change(|about| {
            about.subscriptions.retain(|known| known != uri);
            if begins {
                about.subscriptions.push(uri.clone());
            }
        })?;
        Ok(Ok(Object::new()))
    }

    fn notified(&self, notification: &Notification) -> Result<(), StoreFailed> {
        let cancelled = (notification.method == method::CANCELLED).then(|| notification.params.get("requestId"));
        let Some(id) = cancelled.flatten().and_then(Id::of) else { return Ok(()) };
        for (stream, call) in Call::all(&self.store)? {
            if call.id == id {
                if let Some(running) = self.running.borrow_mut().remove(&stream) {
                    running.abort();
                }
                Call::forget(&self.store, stream)?;
                self.detach(stream);
            }
        }
        Ok(())
    }

    /// Gives a response to the call that waits for it; the call's stream, if nothing more is missing.
    fn responded(&self, response: Response) -> Result<Option<u64>, StoreFailed> {
        let Some(id) = response.id else { return Ok(None) };
        for (stream, mut call) in Call::all(&self.store)? {
            let Some(waits) = &mut call.waits else { continue };
            let Some(asked) = waits.asked.remove(&id.key()) else { continue };
            let given = match response.outcome {
                Ok(given) => given,
                Err(_) if asked.method == method::ELICIT => json!({ "action": "cancel" }),
                Err(error) => {
                    let outcome = match call.method.as_str() {
                        method::TOOLS_CALL => Ok(object(&CallToolResult::failed(declined(&error)))),
                        _ => Err(Fault::invalid(declined(&error))),
                    };
                    self.answer(stream, &call, outcome)?;
                    return Ok(None);
                }
            };
            waits.given.insert(asked.name, InputResponse(given));
            let complete = waits.asked.is_empty();
            call.keep(&self.store, stream)?;
            return Ok(complete.then_some(stream));
        }
        Ok(None)
    }

    /// Answers a call, which ends its stream.
    pub(super) fn answer(&self, stream: u64, call: &Call, outcome: Result<Object, Fault>) -> Result<(), StoreFailed> {
        let revision = self.revision();
        let id = call.id.clone();
        let (message, alone) = match outcome {
            Ok(result) => {
                let message: Message = Response::new(id, Ok(Value::Object(result))).into();
                let alone = reply::message(200, &message);
                (message, alone)
            }
            Err(fault) => {
                let alone = reply::fault(Some(id.clone()), &fault, revision);
                (Response::new(id, Err(fault.to_error(revision))).into(), alone)
            }
        };
        self.send(stream, &message, Some(alone))?;
        Call::forget(&self.store, stream)
    }
}

fn declined(error: &RpcError) -> String {
    format!("The client did not do what this needs. It says: {}", error.message)
}
