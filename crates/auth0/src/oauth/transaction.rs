use std::borrow::Cow;

use deputy_http::Secret;
use serde::{Deserialize, Serialize};

use crate::issuer::Issuer;
use crate::return_to::ReturnTo;
use crate::sealing::envelope::{Confidential, Envelope, private, to_json};
use crate::sealing::key_ring::{KeyRing, Purpose};
use crate::sealing::seal::{AssociatedData, SealError, SealNonce};

/// The longest time between the start of a transaction and its callback, in milliseconds.
pub const TRANSACTION_LIFETIME_MS: u64 = 3_600_000;

/// What has to be remembered of a login between its start and the callback. One per `state`, so that
/// parallel logins do not overwrite each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTransaction {
    /// RFC 6749, 4.1.1
    pub state: String,
    /// OpenID Connect Core 1.0, 3.1.2.1
    pub nonce: String,
    /// RFC 7636, 4.1
    pub code_verifier: Secret,
    /// The organization asked for; the ID token has to name it.
    pub organization: Option<String>,
    /// How long ago the user may have been authenticated, seconds, where that was asked for.
    pub max_age: Option<u32>,
    /// How the user was to be authenticated, any of these; empty where nothing was asked for.
    pub acr_values: Vec<String>,
    /// `prompt=none`: the user was to see nothing.
    pub silent: bool,
    /// The tenant promised `iss` in its answer (RFC 9207, 3).
    pub iss_parameter: bool,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// When it began, milliseconds since the epoch.
    pub created_at: u64,
}

/// What has to be remembered of a connected-accounts flow between its start and the callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTransaction {
    /// Sent to `connect`, comes back to the callback.
    pub state: String,
    /// RFC 7636, 4.1
    pub code_verifier: Secret,
    /// The My Account API's handle of the flow.
    pub auth_session: Secret,
    /// Connection name.
    pub connection: String,
    /// The user (`sub`) who began: nobody else may complete.
    pub subject: String,
    /// The callback that was sent to `connect`.
    pub redirect_uri: String,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// When it began, milliseconds since the epoch.
    pub created_at: u64,
    /// When the tenant forgets it, milliseconds since the epoch.
    pub expires_at: u64,
}

/// What has to be remembered of a log-in that only proves a second identity, to be linked to the user of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTransaction {
    /// The log-in with the second identity.
    pub login: LoginTransaction,
    /// The session (id) that began: no other may finish.
    pub session: String,
}

/// Each kind, as one callback route finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transaction {
    /// A login.
    Login(LoginTransaction),
    /// A connected-accounts flow.
    Connect(ConnectTransaction),
    /// A log-in that changes nobody's session.
    Link(LinkTransaction),
}

impl Transaction {
    /// Its `state`, by which the callback finds it.
    pub fn state(&self) -> &str {
        match self {
            Self::Login(login) => &login.state,
            Self::Connect(connect) => &connect.state,
            Self::Link(link) => &link.login.state,
        }
    }

    /// Where to go afterwards, whatever the outcome.
    pub fn return_to(&self) -> &ReturnTo {
        match self {
            Self::Login(login) => &login.return_to,
            Self::Connect(connect) => &connect.return_to,
            Self::Link(link) => &link.login.return_to,
        }
    }

    /// Sealed for a cookie; bound to its issuer and state.
    pub fn seal(self, ring: &KeyRing, nonce: SealNonce, issuer: &Issuer) -> Result<String, SealError> {
        let owner = owner(issuer, self.state());
        Envelope(self).seal(ring, nonce, &owner)
    }

    /// Opens a cookie for the `state` of a callback.
    pub fn open(ring: &KeyRing, issuer: &Issuer, state: &str, sealed: &str) -> Result<Self, SealError> {
        Envelope::open(ring, &owner(issuer, state), sealed).map(|(Envelope(transaction), _)| transaction)
    }
}

fn owner(issuer: &Issuer, state: &str) -> AssociatedData {
    AssociatedData::new([issuer.as_str(), "transaction", state])
}

impl Confidential for Transaction {
    const PURPOSE: Purpose = Purpose::LoginTransaction;
}

#[derive(Serialize, Deserialize)]
struct LoginJson<'a> {
    state: Cow<'a, str>,
    nonce: Cow<'a, str>,
    code_verifier: Cow<'a, str>,
    organization: Option<Cow<'a, str>>,
    #[serde(default)]
    max_age: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    acr_values: Vec<String>,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    iss_parameter: bool,
    return_to: Cow<'a, str>,
    created_at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TransactionJson<'a> {
    Login(LoginJson<'a>),
    Link {
        login: LoginJson<'a>,
        session: Cow<'a, str>,
    },
    Connect {
        state: Cow<'a, str>,
        code_verifier: Cow<'a, str>,
        auth_session: Cow<'a, str>,
        connection: Cow<'a, str>,
        subject: Cow<'a, str>,
        redirect_uri: Cow<'a, str>,
        return_to: Cow<'a, str>,
        created_at: u64,
        expires_at: u64,
    },
}

impl private::Plain for Transaction {
    fn write(&self) -> String {
        to_json(&match self {
            Self::Login(login) => TransactionJson::Login(login.into()),
            Self::Link(LinkTransaction { login, session }) => {
                TransactionJson::Link { login: login.into(), session: session.into() }
            }
            Self::Connect(connect) => TransactionJson::Connect {
                state: connect.state.as_str().into(),
                code_verifier: connect.code_verifier.expose().into(),
                auth_session: connect.auth_session.expose().into(),
                connection: connect.connection.as_str().into(),
                subject: connect.subject.as_str().into(),
                redirect_uri: connect.redirect_uri.as_str().into(),
                return_to: connect.return_to.as_str().into(),
                created_at: connect.created_at,
                expires_at: connect.expires_at,
            },
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        Some(match serde_json::from_slice(json).ok()? {
            TransactionJson::Login(login) => Self::Login(login.into()),
            TransactionJson::Link { login, session } => {
                Self::Link(LinkTransaction { login: login.into(), session: session.into_owned() })
            }
            TransactionJson::Connect {
                state,
                code_verifier,
                auth_session,
                connection,
                subject,
                redirect_uri,
                return_to,
                created_at,
                expires_at,
            } => Self::Connect(ConnectTransaction {
                state: state.into_owned(),
                code_verifier: Secret::new(code_verifier),
                auth_session: Secret::new(auth_session),
                connection: connection.into_owned(),
                subject: subject.into_owned(),
                redirect_uri: redirect_uri.into_owned(),
                return_to: ReturnTo::from_sealed(return_to.into_owned()),
                created_at,
                expires_at,
            }),
        })
    }
}

impl<'a> From<&'a LoginTransaction> for LoginJson<'a> {
    fn from(login: &'a LoginTransaction) -> Self {
        Self {
            state: login.state.as_str().into(),
            nonce: login.nonce.as_str().into(),
            code_verifier: login.code_verifier.expose().into(),
            organization: login.organization.as_deref().map(Into::into),
            max_age: login.max_age,
            acr_values: login.acr_values.clone(),
            silent: login.silent,
            iss_parameter: login.iss_parameter,
            return_to: login.return_to.as_str().into(),
            created_at: login.created_at,
        }
    }
}

impl From<LoginJson<'_>> for LoginTransaction {
    fn from(login: LoginJson<'_>) -> Self {
        Self {
            state: login.state.into_owned(),
            nonce: login.nonce.into_owned(),
            code_verifier: Secret::new(login.code_verifier),
            organization: login.organization.map(Cow::into_owned),
            max_age: login.max_age,
            acr_values: login.acr_values,
            silent: login.silent,
            iss_parameter: login.iss_parameter,
            return_to: ReturnTo::from_sealed(login.return_to.into_owned()),
            created_at: login.created_at,
        }
    }
}
