use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::WebSocket;

use super::bindings::{RawSql, RawState, RawStorage};
use super::clock;

/// What the platform gives an object: its name, its storage, its alarm, its sockets.
#[derive(Clone)]
pub struct State(RawState);

impl State {
    /// The state as the platform hands it to a new object.
    pub fn new(raw: RawState) -> Self {
        Self(raw)
    }

    /// The name that the object was asked for by, if it was asked for by name.
    pub fn name(&self) -> Option<String> {
        self.0.id().name()
    }

    /// Sets the one alarm, milliseconds from now. False when it could not be set.
    pub async fn set_alarm(&self, after_ms: i64) -> bool {
        let at = clock::now_ms() as f64 + after_ms as f64;
        done(self.storage().set_alarm(at).ok()).await
    }

    /// Removes the alarm. False when that failed.
    pub async fn delete_alarm(&self) -> bool {
        done(self.storage().delete_alarm().ok()).await
    }

    /// The object's sockets, those included that it slept through.
    pub fn sockets(&self) -> Vec<WebSocket> {
        let all = self.0.get_web_sockets();
        all.iter().map(JsCast::unchecked_into).collect()
    }

    /// Takes a socket that may outlive the object's memory.
    pub fn accept(&self, socket: &WebSocket) {
        self.0.accept_web_socket(socket);
    }

    /// Answers a frame without waking the object.
    pub fn answer_asleep(&self, frame: &str, answer: &str) {
        if let Ok(pair) = super::bindings::RawAutoResponse::new(frame, answer) {
            self.0.set_web_socket_auto_response(&pair);
        }
    }

    pub(super) fn wait_until(&self, work: &Promise) {
        self.0.wait_until(work);
    }

    pub(super) fn sql(&self) -> RawSql {
        self.storage().sql()
    }

    pub(super) fn storage(&self) -> RawStorage {
        self.0.storage()
    }
}

async fn done(begun: Option<Promise>) -> bool {
    match begun {
        Some(begun) => JsFuture::from(begun).await.is_ok(),
        None => false,
    }
}
