use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;

use deputy_http::Response as HttpResponse;
use deputy_http::json::{read, write};
use deputy_mcp::protocol::Message;
use deputy_mcp::server::session::{NoSuchEvent, Posted, Session, SessionStore, StoreFailed, form, listening};
use deputy_mcp::server::{Accepts, Change, Listeners, Offer as _, SESSION_HEADER, reply};
use deputy_platform::clock;
use deputy_platform::later::later;
use deputy_platform::log::{Level, note};
use deputy_platform::sql::Database;
use serde_json::Value;
use worker::{Env, Request, Response, State};

use crate::convert::{outgoing, streamed};
use crate::endpoint::{changed, formed};
use crate::handed::{Handed, listeners_of};
use crate::serves::Serves;
use crate::store::Store;

/// After so long without a visit a session is over, milliseconds.
const IDLE_MS: u64 = 24 * 60 * 60 * 1000;

/// So often at most the end of a session is put off, milliseconds.
const PUT_OFF_MS: u64 = 60 * 60 * 1000;

/// As many sessions of a caller's are told of changes that come from elsewhere; older ones are not.
const MOST_SESSIONS: usize = 50;

type Opened = Rc<Session<Store<Database>>>;

/// The inside of a Durable Object with SQLite: a session, or those of a caller's clients that listen to changes.
pub struct SessionObject<S> {
    state: Rc<State>,
    env: Env,
    database: Rc<Database>,
    session: RefCell<Option<Opened>>,
    put_off_at: Cell<u64>,
    listeners: Listeners,
    serves: PhantomData<S>,
}

impl<S: Serves> SessionObject<S> {
    /// What the object's constructor makes.
    pub fn new(state: State, env: Env) -> Self {
        let state = Rc::new(state);
        Self {
            database: Rc::new(Database::of(&state)),
            state,
            env,
            session: RefCell::new(None),
            put_off_at: Cell::new(0),
            listeners: Listeners::default(),
            serves: PhantomData,
        }
    }

    /// Takes what the endpoint handed over.
    pub async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.text().await?;
        match read::<Handed>(body.as_bytes()) {
            Ok(handed) => match self.take(handed).await {
                Ok(response) => response,
                Err(StoreFailed) => outgoing(reply::refused(500, "The session's storage failed.")),
            },
            Err(_) => outgoing(reply::refused(400, "This is not for a session.")),
        }
    }

    /// The session is over.
    pub async fn alarm(&self) -> worker::Result<()> {
        self.end().await
    }

    async fn take(&self, handed: Handed) -> Result<worker::Result<Response>, StoreFailed> {
        Ok(match handed {
            Handed::Begin { id, owner, caller, message } => self.begin(&id, &owner, &caller, message).await?,
            Handed::Post { owner, caller, message, accepts } => match self.session_of(&owner).await? {
                Some(session) => self.post(session, caller, message, accepts).await?,
                None => outgoing(reply::no_session()),
            },
            Handed::Read { owner, after } => match self.session_of(&owner).await? {
                Some(session) => match session.listen(after.as_deref()) {
                    Ok((from, sent)) => streamed(listening(session.revision(), &from, sent)),
                    Err(NoSuchEvent::Unknown) => {
                        outgoing(reply::refused(400, "`Last-Event-ID` is none of this session's."))
                    }
                    Err(NoSuchEvent::Store(failed)) => return Err(failed),
                },
                None => outgoing(reply::no_session()),
            },
            Handed::End { owner } => match self.session_of(&owner).await? {
                Some(_) => self.end().await.and_then(|()| Ok(Response::empty()?.with_status(204))),
                None => outgoing(reply::no_session()),
            },
            Handed::Tell { change } => match self.opened()? {
                Some(session) => {
                    session.tell(&change)?;
                    outgoing(reply::accepted())
                }
                None => outgoing(reply::no_session()),
            },
            Handed::Register { session } => {
                let mut sessions = self.sessions()?;
                sessions.push(session);
                let surplus = sessions.len().saturating_sub(MOST_SESSIONS);
                self.keep_sessions(&sessions.split_off(surplus))?;
                outgoing(reply::accepted())
            }
            Handed::Listen { listener } => streamed(self.listeners.begin(listener)),
            Handed::Changed { change } => {
                self.listeners.tell(&change);
                self.tell_sessions(&change).await?;
                outgoing(reply::accepted())
            }
        })
    }

    async fn begin(
        &self,
        id: &str,
        owner: &str,
        caller: &str,
        message: Value,
    ) -> Result<worker::Result<Response>, StoreFailed> {
        let Some(request) = Handed::request(message) else {
            return Ok(outgoing(reply::refused(400, "A session begins with a request.")));
        };
        let offer = match S::offer(&self.env, caller).await {
            Ok(offer) => offer,
            Err(fault) => {
                return Ok(outgoing(reply::fault(
                    Some(request.id),
                    &fault,
                    deputy_mcp::protocol::Revision::V2025_11_25,
                )));
            }
        };
        let store = Store::create(Rc::clone(&self.database), clock::now_ms)?;
        let (session, answer) = match Session::begin(store, owner, &offer, &request) {
            Ok(begun) => begun,
            // What was made for it is not kept: nothing would ever end it.
            Err(answer) => return Ok(self.end().await.and_then(|()| outgoing(*answer))),
        };
        self.session.replace(Some(Rc::new(session)));
        self.put_off().await;
        if tells_changes(&offer.capabilities()) {
            let register = Handed::Register { session: id.to_owned() };
            if register.to(&self.env, S::BINDING, &listeners_of(owner)).await.is_err() {
                note(Level::Warn, "mcp_session_not_registered", None, None);
            }
        }
        Ok(outgoing(with_session(answer, id)))
    }

    async fn post(
        &self,
        session: Opened,
        caller: String,
        message: Value,
        accepts: Accepts,
    ) -> Result<worker::Result<Response>, StoreFailed> {
        let message = match Message::of(message) {
            Ok(message) => message,
            Err(unreadable) => return Ok(outgoing(reply::error(400, unreadable.id, unreadable.error))),
        };
        Ok(match session.post(message)? {
            Posted::Answer(answer) => outgoing(answer),
            Posted::Request(stream, sent) => {
                if let Some(stream) = stream {
                    self.work(&session, stream, &caller).await?;
                }
                formed(form(accepts, session.revision(), sent, stream).await)
            }
            Posted::Resume(stream) => {
                self.work(&session, stream, &caller).await?;
                outgoing(reply::accepted())
            }
        })
    }

    /// Works on a call, also after the answer.
    async fn work(&self, session: &Opened, stream: u64, caller: &str) -> Result<(), StoreFailed> {
        let offer = match S::offer(&self.env, caller).await {
            Ok(offer) => offer,
            Err(fault) => return session.give_up(stream, fault),
        };
        let (state, env, owner) = (Rc::clone(&self.state), self.env.clone(), session.owner());
        let changes = move |change: Change| {
            let (env, owner) = (env.clone(), owner.clone());
            later(&state, async move { changed::<S>(&env, &owner, change).await });
        };
        let session = Rc::clone(session);
        later(&self.state, async move {
            if session.work(stream, offer, changes).await.is_err() {
                note(Level::Error, "mcp_call_not_answered", None, None);
            }
        });
        Ok(())
    }

    /// The session, if it is the caller's.
    async fn session_of(&self, owner: &str) -> Result<Option<Opened>, StoreFailed> {
        let session = self.opened()?.filter(|session| session.is_of(owner));
        if session.is_some() {
            self.put_off().await;
        }
        Ok(session)
    }

    fn opened(&self) -> Result<Option<Opened>, StoreFailed> {
        if let Some(session) = &*self.session.borrow() {
            return Ok(Some(Rc::clone(session)));
        }
        let Some(store) = Store::open(Rc::clone(&self.database), clock::now_ms)? else { return Ok(None) };
        let Some(session) = Session::open(store)?.map(Rc::new) else { return Ok(None) };
        self.session.replace(Some(Rc::clone(&session)));
        Ok(Some(session))
    }

    async fn put_off(&self) {
        let now = clock::now_ms();
        if now.saturating_sub(self.put_off_at.get()) > PUT_OFF_MS {
            self.put_off_at.set(now);
            let from_now = i64::try_from(IDLE_MS).unwrap_or(i64::MAX);
            if self.state.storage().set_alarm(from_now).await.is_err() {
                note(Level::Warn, "mcp_session_alarm", None, None);
            }
        }
    }

    async fn end(&self) -> worker::Result<()> {
        if let Some(session) = self.session.take() {
            session.end();
        }
        self.put_off_at.set(0);
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await
    }

    fn sessions(&self) -> Result<Vec<String>, StoreFailed> {
        let Some(store) = Store::open(Rc::clone(&self.database), clock::now_ms)? else { return Ok(Vec::new()) };
        let text = store.document(SESSIONS)?;
        Ok(text.and_then(|text| read(text.as_bytes()).ok()).unwrap_or_default())
    }

    fn keep_sessions(&self, sessions: &[String]) -> Result<(), StoreFailed> {
        Store::create(Rc::clone(&self.database), clock::now_ms)?.keep(SESSIONS, &write(sessions))
    }

    /// Tells the caller's sessions, and forgets those that are over.
    async fn tell_sessions(&self, change: &Change) -> Result<(), StoreFailed> {
        let sessions = self.sessions()?;
        let told = sessions.iter().map(|session| async move {
            let tell = Handed::Tell { change: change.clone() };
            let answer = tell.to(&self.env, S::BINDING, session).await;
            answer.is_ok_and(|answer| answer.status_code() == 404).then(|| session.clone())
        });
        let over: Vec<String> = futures::future::join_all(told).await.into_iter().flatten().collect();
        if !over.is_empty() {
            let mut left = self.sessions()?;
            left.retain(|session| !over.contains(session));
            self.keep_sessions(&left)?;
        }
        Ok(())
    }
}

const SESSIONS: &str = "sessions";

fn tells_changes(offered: &deputy_mcp::protocol::ServerCapabilities) -> bool {
    [Change::Tools, Change::Prompts, Change::Resources, Change::Resource(String::new())]
        .iter()
        .any(|change| deputy_mcp::server::promised(offered, change))
}

fn with_session(answer: HttpResponse, id: &str) -> HttpResponse {
    deputy_http::ReadResponse::with_header(answer, SESSION_HEADER, id)
}
