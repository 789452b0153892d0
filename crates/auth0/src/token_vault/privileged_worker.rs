use deputy_error::{Explained, Explanation};
use deputy_http::Secret;
use serde_json::json;
use strum::EnumIter;

use crate::issuer::Issuer;
use crate::oauth::client_assertion::{AssertionSigner, SignerError, signed};
use crate::randomness::Randomness;
use crate::words::NOT_SET_UP;

/// `typ` of the request, so that no assertion can stand in for it.
const REQUEST_TYPE: &str = "token-vault-req+jwt";

/// How long a request is good, in seconds. Auth0 takes none older than that.
const LIFETIME_SECONDS: u64 = 60;

/// Characters of an audit context at most.
const LONGEST_CONTEXT: usize = 256;

/// Why a worker acts without its user: stands in the tenant's log. No personal data belongs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditContext(String);

impl AuditContext {
    /// One to 256 characters.
    pub fn new(text: &str) -> Result<Self, PrivilegedRequestError> {
        let fits = (1..=LONGEST_CONTEXT).contains(&text.chars().count());
        if fits { Ok(Self(text.to_owned())) } else { Err(PrivilegedRequestError::AuditContext) }
    }
}

/// A signed request of a privileged worker for one user's token (Auth0's early access; auth0-flows.md 3.3, c). The tenant takes it
/// once, and for a minute. `Debug` does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegedRequest(Secret);

impl PrivilegedRequest {
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }
}

/// What the request says.
#[derive(Debug, Clone, Copy)]
pub struct PrivilegedInput<'a> {
    /// The worker's client id.
    pub client_id: &'a str,
    /// `kid` of the credential registered for privileged access; it may be left out.
    pub key_id: Option<&'a str>,
    /// The user, by subject.
    pub subject: &'a str,
    /// Why.
    pub audit_context: &'a AuditContext,
    /// Organisation, where the user is one's member.
    pub organization: Option<&'a str>,
}

/// Claims `sub`, `aud` (the tenant), `iss` (the client), `iat`, `exp`, `jti`, `audit_context` and `org_id`, signed with the worker's
/// credential: the subject of one [`exchange_request`](crate::exchange_request).
pub async fn privileged_request(
    issuer: &Issuer,
    input: &PrivilegedInput<'_>,
    signer: &impl AssertionSigner,
    randomness: Randomness,
    now_ms: u64,
) -> Result<PrivilegedRequest, PrivilegedRequestError> {
    if input.client_id.is_empty() || input.subject.is_empty() {
        return Err(PrivilegedRequestError::Nobody);
    }
    let [jti, ..] = randomness.into_texts();
    let now = now_ms / 1000;
    let mut claims = json!({
        "sub": input.subject,
        "aud": issuer.as_str(),
        "iss": input.client_id,
        "iat": now,
        "exp": now.saturating_add(LIFETIME_SECONDS),
        "jti": jti,
        "audit_context": input.audit_context.0,
    });
    if let (Some(organization), Some(claims)) = (input.organization, claims.as_object_mut()) {
        claims.insert("org_id".to_owned(), json!(organization));
    }
    Ok(PrivilegedRequest(signed(REQUEST_TYPE, input.key_id, &claims, signer).await?))
}

/// Why no request was made. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum PrivilegedRequestError {
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// No client or no user.
    #[error("the request names no client or no user")]
    Nobody,
    /// The audit context is empty or longer than 256 characters.
    #[error("the audit context has no text, or too much")]
    AuditContext,
}

impl Explained for PrivilegedRequestError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Signer(_) => Explanation::new(
                "privileged_request_not_signed",
                NOT_SET_UP,
                "Give the worker the RSA key whose public part is registered under token_vault_privileged_access.",
            ),
            Self::Nobody => Explanation::new(
                "privileged_request_nobody",
                NOT_SET_UP,
                "Name the worker's client id and the user's id.",
            ),
            Self::AuditContext => Explanation::new(
                "privileged_request_audit_context",
                NOT_SET_UP,
                "Give a reason of 1 to 256 characters, without personal data.",
            ),
        }
    }
}
