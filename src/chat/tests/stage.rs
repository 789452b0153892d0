//! One chat on a stage: the test says what happens, and when time passes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::StreamExt;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use serde_json::{Value, json};

use super::client::{Client, Generation};
use super::world::FakePlatform;
use crate::chat::Identity;
use crate::chat::core::{Body, Core};
use crate::chat::requests::ChatRequest;
use crate::config::testing::settings;
use crate::objects::Refusal;
use crate::platform::ports::Clock;

/// The owner's subject.
pub const OWNER: &str = "auth0|ana";
/// The chat's id.
pub const CHAT: &str = "chat-1";

/// A chat, its platform and whoever runs its work.
pub struct Stage {
    platform: FakePlatform,
    running: RefCell<LocalPool>,
    core: RefCell<Option<Rc<Core<FakePlatform>>>>,
    pages: Cell<u32>,
}

impl Stage {
    /// An empty chat.
    pub fn new() -> Self {
        Self {
            platform: FakePlatform::new(),
            running: RefCell::default(),
            core: RefCell::default(),
            pages: Cell::default(),
        }
    }

    /// The platform.
    pub fn platform(&self) -> &FakePlatform {
        &self.platform
    }

    /// The chat; opened when something happens and its object is not there.
    pub fn core(&self) -> Rc<Core<FakePlatform>> {
        if let Some(core) = self.core.borrow().as_ref() {
            return Rc::clone(core);
        }
        let core =
            Core::open(self.platform.clone(), &settings(&[("SHOP_API_URL", "https://shop.test/orders")]).unwrap())
                .unwrap();
        *self.core.borrow_mut() = Some(Rc::clone(&core));
        core.resume_work();
        core
    }

    /// A client of that generation opens the chat.
    pub fn open(&self, generation: Generation) -> Client<'_> {
        Client::open(self, generation)
    }

    /// Tells pages apart.
    pub fn next_number(&self) -> u32 {
        self.pages.set(self.pages.get() + 1);
        self.pages.get()
    }

    /// What a caller is, as the edge has verified it.
    pub fn identity(&self) -> Identity {
        self.identity_of(OWNER, "session")
    }

    /// Another caller.
    pub fn identity_of(&self, subject: &str, session: &str) -> Identity {
        let exp = self.platform.now() + 3_600_000;
        Identity {
            sub: subject.to_owned(),
            session: Some(session.to_owned()),
            exp,
            chat: CHAT.to_owned(),
            servers_version: None,
        }
    }

    /// Begins work and runs everything as far as it goes without time passing.
    pub fn run(&self, work: impl Future<Output = ()> + 'static) {
        self.running.borrow().spawner().spawn_local(work).unwrap();
        self.settle();
    }

    /// Runs everything as far as it goes without time passing.
    pub fn settle(&self) {
        loop {
            self.running.borrow_mut().run_until_stalled();
            let begun = self.platform.take_begun();
            if begun.is_empty() {
                return;
            }
            for work in begun {
                self.running.borrow().spawner().spawn_local(work).unwrap();
            }
        }
    }

    /// Time passes; timers and the alarm go off in their order.
    pub fn pass(&self, ms: u64) {
        let end = self.platform.now() + ms;
        while let Some(next) = self.platform.next_event().filter(|next| *next <= end) {
            self.platform.move_clock(next);
            if self.platform.take_alarm() {
                let core = self.core();
                self.run(async move { core.alarm().await });
            }
            self.settle();
        }
        self.platform.move_clock(end);
        self.settle();
    }

    /// The object sleeps and wakes. Sockets, rows and the alarm stay.
    pub fn restart(&self) {
        *self.running.borrow_mut() = LocalPool::new();
        self.core.borrow_mut().take();
        self.platform.forget_timers();
    }

    /// The process dies in the middle of something: with it go the sockets.
    pub fn crash(&self) {
        self.platform.drop_sockets();
        self.restart();
    }

    /// The account or the edge asks something.
    pub fn call<R: ChatRequest + 'static>(&self, request: R) -> R::Reply {
        let core = self.core();
        let reply = Rc::new(RefCell::new(None));
        let told = Rc::clone(&reply);
        self.run(async move { *told.borrow_mut() = Some(request.answer(&core).await.unwrap()) });
        reply.take().expect("calls are answered without waiting")
    }

    /// The transcript as a page loads it.
    pub fn history(&self) -> Vec<Value> {
        let history = self.core().history();
        self.settle();
        serde_json::from_str(&history).unwrap()
    }

    /// Texts of the transcript.
    pub fn texts(&self) -> Vec<String> {
        self.history().iter().map(text_of).collect()
    }

    /// Tool parts of the transcript.
    pub fn tool_parts(&self) -> Vec<Value> {
        tool_parts(&self.history())
    }

    /// `POST /chat`: the events of its answer once it has ended, or the refusal.
    pub fn post(&self, body: &Value) -> Result<Posted, Refusal> {
        let identity = self.core().admit(Some(self.identity()))?;
        let body = self.core().post(&identity, &body.to_string())?;
        Ok(self.follow(body))
    }

    /// Reads an answer over HTTP.
    pub fn follow(&self, body: Body) -> Posted {
        let text = Rc::new(RefCell::new(String::new()));
        let told = Rc::clone(&text);
        self.run(body.for_each(move |piece| {
            told.borrow_mut().push_str(&String::from_utf8(piece).unwrap());
            std::future::ready(())
        }));
        Posted(text)
    }
}

/// An answer to `POST /chat`, as far as it has come.
pub struct Posted(Rc<RefCell<String>>);

impl Posted {
    /// The events so far. An answer that is over ends with `[DONE]`.
    pub fn events(&self) -> Vec<Value> {
        let text = self.0.borrow();
        let events = text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
        events.map(|event| serde_json::from_str(event).unwrap_or_else(|_| json!(event))).collect()
    }

    /// The types of the events so far.
    pub fn types(&self) -> Vec<String> {
        self.events()
            .iter()
            .map(|event| event["type"].as_str().or(event.as_str()).unwrap_or_default().to_owned())
            .collect()
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.events().iter().filter_map(|event| event["delta"].as_str()).collect()
    }

    /// True when nothing more comes.
    pub fn is_over(&self) -> bool {
        self.events().last().is_some_and(|event| event == "[DONE]")
    }
}

/// The text of a UI message.
pub fn text_of(message: &Value) -> String {
    parts(message).filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
}

/// The tool parts of UI messages.
pub fn tool_parts(messages: &[Value]) -> Vec<Value> {
    messages.iter().flat_map(parts).filter(|part| part["toolCallId"].is_string()).cloned().collect()
}

fn parts(message: &Value) -> impl Iterator<Item = &Value> {
    message["parts"].as_array().into_iter().flatten()
}
