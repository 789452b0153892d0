//! In-memory fakes of the ports, for native tests of an object's logic.
#![allow(clippy::expect_used, clippy::new_without_default, reason = "all of it is test code")]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::pending;
use std::rc::Rc;

use deputy_auth0::{Jwk, SignatureVerifier, VerifierError};
use deputy_http::{Request, Response, TransportError};
use rusqlite::types::Value as SqlValue;
use serde::de::DeserializeOwned;

use super::ports::{Bind, Clock, KeyValue, Network, Random, Sql, SqlError};
use super::random::NoRandomness;

/// What a token of a test's tenant is signed with. Real signatures are tested where they are verified.
pub const SIGNATURE: &[u8] = b"signed by the tenant";

/// The other parties of a test: given a request, its answer.
type World = dyn Fn(&Request) -> Result<Response, TransportError>;

/// Everything an account needs, in memory. Clones share it, so that a test can "restart" an account and look at what it did.
#[derive(Clone)]
pub struct FakeHost(Rc<Inner>);

struct Inner {
    database: rusqlite::Connection,
    now: Cell<u64>,
    counter: Cell<u16>,
    sleeps_pass: Cell<bool>,
    world: RefCell<Rc<World>>,
    sent: RefCell<Vec<Request>>,
    kept: RefCell<HashMap<String, String>>,
    told: RefCell<Vec<(String, String)>>,
}

impl FakeHost {
    /// An empty database, the year 2026, nobody there.
    pub fn new() -> Self {
        Self(Rc::new(Inner {
            database: rusqlite::Connection::open_in_memory().expect("in-memory database"),
            now: Cell::new(1_790_000_000_000),
            counter: Cell::new(0),
            sleeps_pass: Cell::new(false),
            world: RefCell::new(Rc::new(|request: &Request| {
                Err(TransportError::Unreachable { host: request.uri().to_string() })
            })),
            sent: RefCell::default(),
            kept: RefCell::default(),
            told: RefCell::default(),
        }))
    }

    /// Who answers from now on.
    pub fn world(&self, world: impl Fn(&Request) -> Result<Response, TransportError> + 'static) {
        *self.0.world.borrow_mut() = Rc::new(world);
    }

    /// A request that nobody waits for.
    pub fn send_later(&self, request: Request) {
        self.0.sent.borrow_mut().push(request);
    }

    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
        self.0.now.set(self.0.now.get() + ms);
    }

    /// From now on a sleep ends at once, and its time has passed.
    pub fn let_sleeps_pass(&self) {
        self.0.sleeps_pass.set(true);
    }

    /// Requests so far whose URL or body holds the text.
    pub fn sent(&self, text: &str) -> Vec<Request> {
        let holds =
            |request: &&Request| request.uri().to_string().contains(text) || request.body().text().contains(text);
        self.0.sent.borrow().iter().filter(holds).cloned().collect()
    }

    /// What is in KV.
    pub fn kept(&self) -> HashMap<String, String> {
        self.0.kept.borrow().clone()
    }

    /// Puts something into KV, as a late copy would.
    pub fn keep(&self, key: &str, value: &str) {
        self.0.kept.borrow_mut().insert(key.to_owned(), value.to_owned());
    }

    /// What other objects were told since the last time: name and JSON.
    pub fn take_told(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.0.told.borrow_mut())
    }

    /// Notes what another object was told.
    pub fn tell(&self, object: String, what: String) {
        self.0.told.borrow_mut().push((object, what));
    }

    /// Every value of every table, as one text: what a thief of the database reads.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        let names = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let mut statement = self.0.database.prepare(names).expect("prepares");
        let tables: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("runs").map(|name| name.expect("a name")).collect();
        for table in tables {
            let rows: Vec<serde_json::Value> = self.rows(&format!("SELECT * FROM {table}"), &[]).expect("rows");
            out.push_str(&serde_json::to_string(&rows).expect("JSON"));
        }
        out
    }
}

impl Sql for FakeHost {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        let failed = |error: rusqlite::Error| SqlError(error.to_string());
        let values = binds.iter().map(|bind| match bind {
            Bind::Text(text) => SqlValue::Text((*text).to_owned()),
            // The runtime binds every number as REAL; columns turn it back.
            Bind::Integer(number) => SqlValue::Real(*number as f64),
            Bind::Null => SqlValue::Null,
        });
        let mut statement = self.0.database.prepare(query).map_err(failed)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut found = statement.query(rusqlite::params_from_iter(values)).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let mut object = serde_json::Map::new();
            for (index, name) in names.iter().enumerate() {
                let value = match row.get::<_, SqlValue>(index).map_err(failed)? {
                    SqlValue::Null => serde_json::Value::Null,
                    SqlValue::Integer(number) => number.into(),
                    SqlValue::Real(number) if number.fract() == 0.0 => (number as i64).into(),
                    SqlValue::Real(number) => number.into(),
                    SqlValue::Text(text) => text.into(),
                    SqlValue::Blob(bytes) => bytes.into(),
                };
                object.insert(name.clone(), value);
            }
            rows.push(deputy_http::json::read_value(&object.into()).map_err(|error| SqlError(error.to_string()))?);
        }
        Ok(rows)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.rows::<serde_json::Value>(query, binds).map(|_| ())
    }
}

impl Clock for FakeHost {
    fn now(&self) -> u64 {
        self.0.now.get()
    }

    async fn sleep(&self, ms: u64) {
        if !self.0.sleeps_pass.get() {
            pending::<()>().await;
        }
        self.pass(ms);
    }
}

impl Random for FakeHost {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let count = self.0.counter.get().wrapping_add(1);
        self.0.counter.set(count);
        let [round, seed] = count.to_be_bytes();
        let mut out = [0_u8; N];
        for (byte, index) in out.iter_mut().zip(0_u8..) {
            *byte = seed.wrapping_mul(31).wrapping_add(index.wrapping_mul(7)) ^ round;
        }
        Ok(out)
    }
}

impl Network for FakeHost {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.sent.borrow_mut().push(request.clone());
        // Others get a turn while a request is on its way.
        let mut yielded = false;
        futures::future::poll_fn(|context| {
            if yielded {
                return std::task::Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        let world = self.0.world.borrow().clone();
        world(&request)
    }
}

impl SignatureVerifier for FakeHost {
    async fn verify(&self, _: &Jwk, _: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        Ok(signature == SIGNATURE)
    }
}

impl KeyValue for FakeHost {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.kept.borrow().get(key).cloned()
    }

    fn put_later(&self, key: String, value: String, ttl_seconds: u64) {
        assert!(ttl_seconds >= 60, "Workers KV refuses less than a minute");
        self.0.kept.borrow_mut().insert(key, value);
    }
}
