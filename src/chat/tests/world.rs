//! The platform in memory: storage, sockets, alarm, timers. It outlives the chat, as the platform does.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use deputy_agent::{StoreError, VerifiedUser};
use deputy_http::{Request, Response, TransportError};
use deputy_models::{ModelError, ModelRequest};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::account::FakeAccount;
use super::library::{FakeLibrary, OpenLibrary};
use super::model::ScriptedModel;
use crate::chat::core::ports::{ModelStream, Owner, Platform, Socket};
use crate::platform::ports::{Bind, Clock, Network, Random, Sql, SqlError};
use crate::platform::random::NoRandomness;
use crate::platform::testing::FakeHost;

/// Everything a chat needs, in memory. Clones share it.
#[derive(Clone)]
pub struct FakePlatform(Rc<Inner>);

struct Inner {
    host: FakeHost,
    model: ScriptedModel,
    account: FakeAccount,
    library: FakeLibrary,
    sockets: RefCell<Vec<FakeSocket>>,
    alarm: Cell<Option<u64>>,
    alarms_set: Cell<usize>,
    timers: RefCell<Vec<(u64, Waker)>>,
    begun: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    full: Cell<bool>,
    no_zones: Cell<bool>,
}

impl FakePlatform {
    /// An empty object of a user whom nobody has connected to anything.
    pub fn new() -> Self {
        Self(Rc::new(Inner {
            host: FakeHost::new(),
            model: ScriptedModel::default(),
            account: FakeAccount::default(),
            library: FakeLibrary::default(),
            sockets: RefCell::default(),
            alarm: Cell::default(),
            alarms_set: Cell::default(),
            timers: RefCell::default(),
            begun: RefCell::default(),
            full: Cell::default(),
            no_zones: Cell::default(),
        }))
    }

    /// Providers, and the database.
    pub fn host(&self) -> &FakeHost {
        &self.0.host
    }

    /// The model.
    pub fn model(&self) -> &ScriptedModel {
        &self.0.model
    }

    /// The owner's account.
    pub fn account(&self) -> &FakeAccount {
        &self.0.account
    }

    /// The library of the tenant.
    pub fn library(&self) -> &FakeLibrary {
        &self.0.library
    }

    /// A new socket, accepted by the platform.
    pub fn accept(&self) -> FakeSocket {
        let socket = FakeSocket::default();
        self.0.sockets.borrow_mut().push(socket.clone());
        socket
    }

    /// All sockets are cut.
    pub fn drop_sockets(&self) {
        self.0.sockets.borrow_mut().drain(..).for_each(|socket| socket.close(1006, ""));
    }

    /// From now on nothing can be written.
    pub fn fill_disk(&self, full: bool) {
        self.0.full.set(full);
    }

    /// From now on no zone is known but UTC, or all are again.
    pub fn forget_zones(&self, forgotten: bool) {
        self.0.no_zones.set(forgotten);
    }

    /// When the alarm goes off, milliseconds.
    pub fn alarm(&self) -> Option<u64> {
        self.0.alarm.get()
    }

    /// How often the alarm was set.
    pub fn alarms_set(&self) -> usize {
        self.0.alarms_set.get()
    }

    /// True when the alarm is due; then it is set no more.
    pub fn take_alarm(&self) -> bool {
        let due = self.0.alarm.get().is_some_and(|at| at <= self.now());
        if due {
            self.0.alarm.set(None);
        }
        due
    }

    /// Work that was begun and that nobody waits for.
    pub fn take_begun(&self) -> Vec<LocalBoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.begun.borrow_mut())
    }

    /// The next time at which something happens by itself.
    pub fn next_event(&self) -> Option<u64> {
        let timer = self.0.timers.borrow().iter().map(|(at, _)| *at).min();
        timer.into_iter().chain(self.alarm()).min()
    }

    /// Moves the clock, and wakes whoever waited for that.
    pub fn move_clock(&self, to: u64) {
        self.0.host.pass(to.saturating_sub(self.now()));
        let now = self.now();
        let due: Vec<Waker> = {
            let mut timers = self.0.timers.borrow_mut();
            let (due, later) = std::mem::take(&mut *timers).into_iter().partition(|(at, _)| *at <= now);
            *timers = later;
            due.into_iter().map(|(_, waker): (u64, Waker)| waker).collect()
        };
        due.into_iter().for_each(Waker::wake);
    }

    /// The process is gone, and with it whatever waited for time to pass.
    pub fn forget_timers(&self) {
        self.0.timers.borrow_mut().clear();
        self.0.begun.borrow_mut().clear();
    }

    fn writable(&self) -> Result<(), SqlError> {
        if self.0.full.get() { Err(SqlError("database or disk is full".to_owned())) } else { Ok(()) }
    }
}

impl Platform for FakePlatform {
    type Socket = FakeSocket;
    type Account = FakeAccount;
    type Library = OpenLibrary;

    fn sockets(&self) -> Vec<FakeSocket> {
        self.0.sockets.borrow().iter().filter(|socket| socket.closed().is_none()).cloned().collect()
    }

    fn account(&self, owner: &Owner) -> FakeAccount {
        assert_eq!(owner.subject, super::stage::OWNER);
        self.0.account.clone()
    }

    fn library(&self, user: &VerifiedUser) -> OpenLibrary {
        self.0.library.of(user)
    }

    async fn open_model(&self, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        self.0.model.open(self.clone(), request)
    }

    /// UTC, and an hour ahead of it.
    fn zone_offset(&self, time_zone: &str, _at: u64) -> Option<i32> {
        match time_zone {
            "UTC" => Some(0),
            "Europe/Berlin" if !self.0.no_zones.get() => Some(3600),
            _ => None,
        }
    }

    async fn set_alarm(&self, at: Option<u64>) -> bool {
        self.0.alarm.set(at);
        self.0.alarms_set.set(self.0.alarms_set.get() + usize::from(at.is_some()));
        true
    }

    fn transaction(&self, work: &dyn Fn() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let failed = |error: SqlError| StoreError(error.0);
        self.0.host.exec("BEGIN", &[]).map_err(failed)?;
        let done = work();
        self.0.host.exec(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[]).map_err(failed)?;
        done
    }

    fn later(&self, work: LocalBoxFuture<'static, ()>) {
        self.0.begun.borrow_mut().push(work);
    }
}

impl Sql for FakePlatform {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        self.0.host.rows(query, binds)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.writable()?;
        self.0.host.exec(query, binds)
    }
}

impl Clock for FakePlatform {
    fn now(&self) -> u64 {
        self.0.host.now()
    }

    async fn sleep(&self, ms: u64) {
        let until = self.now() + ms;
        poll_fn(|context| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            self.0.timers.borrow_mut().push((until, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Random for FakePlatform {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        self.0.host.random()
    }
}

impl Network for FakePlatform {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.host.send(request).await
    }
}

/// One socket: what was sent on it, and how it was closed.
#[derive(Clone, Default)]
pub struct FakeSocket(Rc<SocketInner>);

#[derive(Default)]
struct SocketInner {
    frames: RefCell<Vec<Value>>,
    attachment: RefCell<Option<String>>,
    closed: RefCell<Option<(u16, String)>>,
}

impl FakeSocket {
    /// Every frame so far.
    pub fn frames(&self) -> Vec<Value> {
        self.0.frames.borrow().clone()
    }

    /// Code and reason, once it is closed.
    pub fn closed(&self) -> Option<(u16, String)> {
        self.0.closed.borrow().clone()
    }
}

impl Socket for FakeSocket {
    fn send(&self, frame: &str) {
        if self.closed().is_none() {
            self.0.frames.borrow_mut().push(serde_json::from_str(frame).expect("a frame is JSON"));
        }
    }

    fn close(&self, code: u16, reason: &str) {
        self.0.closed.borrow_mut().get_or_insert((code, reason.to_owned()));
    }

    fn keep(&self, attachment: &str) -> bool {
        // What Cloudflare keeps over an object's sleep.
        assert!(attachment.len() <= 2_048, "{attachment}");
        *self.0.attachment.borrow_mut() = Some(attachment.to_owned());
        true
    }

    fn kept(&self) -> Option<String> {
        self.0.attachment.borrow().clone()
    }
}
