use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    ConnectAttempt, ConnectedAccount, Fault, Keyring, StartError, User, approval::Approvals, directory::Directory,
    effects::Effects, fga::FgaState, login::Logins, management::ManagementState, request_log::RequestLog,
    tokens::Tokens,
};
use crate::{mcp::McpState, model::ModelState, options::Options};

/// The state of the offline world. All times are milliseconds since the epoch on the world's own clock.
#[derive(Debug)]
pub struct World {
    options: Options,
    keyring: Keyring,
    state: Mutex<State>,
    model: ModelState,
}

/// What a reset forgets.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) directory: Directory,
    pub(crate) logins: Logins,
    pub(crate) tokens: Tokens,
    pub(crate) accounts: Vec<ConnectedAccount>,
    pub(crate) attempts: Vec<ConnectAttempt>,
    pub(crate) approvals: Approvals,
    pub(crate) effects: Effects,
    pub(crate) fga: FgaState,
    pub(crate) mcp: McpState,
    pub(crate) management: ManagementState,
    /// Identifiers that may be used once, with the time when they can be forgotten.
    pub(crate) seen: HashMap<String, u64>,
    /// Requests in the present window of the rate limit: its start and their count.
    pub(crate) window: (u64, u64),
    pub(crate) log: RequestLog,
    pub(crate) faults: Vec<Fault>,
    pub(crate) clock_offset_ms: i64,
}

impl World {
    /// Builds the world with its seeded data. The signing key is made in the background: the first token waits for it.
    ///
    /// # Errors
    /// [`StartError`] when seeded data or the model's script cannot be used.
    pub fn new(options: Options) -> Result<Arc<Self>, StartError> {
        let model = ModelState::load(options.script.as_deref())?;
        let state = Mutex::new(State::seeded(&options)?);
        let keyring = Keyring::generating();
        Ok(Arc::new(Self { options, keyring, state, model }))
    }

    /// Start options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The tenant's signing keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// State of the scripted model.
    #[must_use]
    pub fn model(&self) -> &ModelState {
        &self.model
    }

    /// The time on the world's clock, which `POST /clock` moves.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        let offset = self.state().clock_offset_ms;
        system_ms().saturating_add_signed(offset)
    }

    /// Whether an identifier is used for the first time; it is remembered until `until` (milliseconds since the epoch).
    #[must_use]
    pub fn first_use(&self, identifier: String, until: u64) -> bool {
        let now = self.now_ms();
        let mut state = self.state();
        state.seen.retain(|_, until| *until > now);
        state.seen.insert(identifier, until).is_none()
    }

    /// All users, the seeded ones first.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.state().directory.users.clone()
    }

    /// The log-in that `is_it` knows, and the user whom it leads to.
    #[must_use]
    pub fn identity(&self, is_it: impl Fn(&User) -> bool) -> Option<(User, User)> {
        let state = self.state();
        let found = state.directory.identities().find(|(identity, _)| is_it(identity));
        found.map(|(identity, user)| (identity.clone(), user.clone()))
    }

    /// One user by id.
    #[must_use]
    pub fn user(&self, user_id: &str) -> Option<User> {
        self.state().directory.users.iter().find(|user| user.user_id == user_id).cloned()
    }

    /// Back to the state of the start. The signing keys stay, because verifiers may hold them.
    ///
    /// # Errors
    /// [`StartError`] as [`World::new`].
    pub fn reset(&self) -> Result<(), StartError> {
        let seeded = State::seeded(&self.options)?;
        *self.state() = seeded;
        self.model.reset();
        Ok(())
    }

    /// The state, locked. Not re-entrant: no other method of the world, `now_ms` included, while the guard lives.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A handler that failed half way leaves plain values behind, all of them readable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn seeded(options: &Options) -> Result<Self, StartError> {
        Ok(Self {
            directory: Directory::seeded(options)?,
            logins: Logins::default(),
            tokens: Tokens::default(),
            accounts: Vec::new(),
            attempts: Vec::new(),
            approvals: Approvals::default(),
            effects: Effects::default(),
            fga: FgaState::seeded()?,
            mcp: McpState::default(),
            management: ManagementState::default(),
            seen: HashMap::new(),
            window: (0, 0),
            log: RequestLog::default(),
            faults: Vec::new(),
            clock_offset_ms: 0,
        })
    }
}

fn system_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok())
        .unwrap_or_default()
}
