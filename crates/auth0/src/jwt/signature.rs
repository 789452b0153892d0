use deputy_error::{Explained, Explanation};
use std::future::Future;
use strum::EnumIter;

use deputy_http::Secret;
use jwt_compact::UntrustedToken;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::encoding;
use crate::jwt::jwks::{Jwk, Jwks};
use crate::words::SESSION_ENDED;

/// Tolerated difference between the tenant's clock and ours, in seconds.
pub(crate) const LEEWAY_SECONDS: u64 = 30;

/// The largest token that is read, in characters. Groups and roles among the claims make tokens of this size (T35b).
pub const LARGEST_TOKEN: usize = 65_536;

/// Verifies RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3): WebCrypto in a Worker, the `rsa` crate in native tests.
pub trait SignatureVerifier {
    /// True if `signature` is the key's signature of `signing_input`. An error means that it could not be decided.
    fn verify(
        &self,
        key: &Jwk,
        signing_input: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, VerifierError>>;
}

/// The verifier itself failed; says nothing about the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be checked")]
pub struct VerifierError;

/// Claims of a token whose signature one of the tenant's keys has made. Only [`verify_signature`] makes one; who it
/// is for and whether it is still good is not said yet.
#[derive(Debug)]
pub struct SignatureVerified {
    /// `typ` of the header, in lower case, without `application/`.
    pub(crate) token_type: Option<String>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) expires_at_seconds: Option<i64>,
    pub(crate) not_before_seconds: Option<i64>,
    pub(crate) issued_at_seconds: Option<i64>,
}

/// RFC 7515, 5.2 with RFC 8725, 3.1: RS256 only, the key chosen by `kid` among the tenant's own, no critical
/// extension, the signature checked over the bytes that came.
pub async fn verify_signature(
    token: &Secret,
    keys: &Jwks,
    verifier: &impl SignatureVerifier,
) -> Result<SignatureVerified, JwtError> {
    let text = token.expose();
    if text.len() > LARGEST_TOKEN {
        return Err(JwtError::TooLarge);
    }
    let untrusted: Untrusted<'_> = text.try_into().map_err(|_| JwtError::Malformed)?;
    let key = key_of(&untrusted, keys)?;
    let (signing_input, _) = text.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let valid = verifier.verify(key, signing_input.as_bytes(), untrusted.signature_bytes()).await?;
    if valid { verified(&untrusted, signing_input) } else { Err(JwtError::SignatureInvalid) }
}

type Untrusted<'a> = UntrustedToken<'a, HeaderExtensions>;

#[derive(Deserialize)]
struct HeaderExtensions {
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

fn key_of<'k>(untrusted: &Untrusted<'_>, keys: &'k Jwks) -> Result<&'k Jwk, JwtError> {
    if untrusted.algorithm() != "RS256" {
        return Err(JwtError::AlgorithmRefused);
    }
    if untrusted.header().other_fields.crit.is_some() {
        return Err(JwtError::CriticalExtension);
    }
    untrusted.header().key_id.as_deref().and_then(|key_id| keys.find(key_id)).ok_or(JwtError::UnknownKey)
}

/// `jwt-compact` reads and checks the claims it knows; the others come through our own reader, which is there anyway.
fn verified(untrusted: &Untrusted<'_>, signing_input: &str) -> Result<SignatureVerified, JwtError> {
    let known: jwt_compact::Claims<jwt_compact::Empty> =
        untrusted.deserialize_claims_unchecked().map_err(|_| JwtError::Malformed)?;
    let payload = signing_input.split_once('.').and_then(|(_, payload)| encoding::from_base64url(payload));
    let mut claims: Map<String, Value> =
        payload.and_then(|json| deputy_http::json::read(&json).ok()).ok_or(JwtError::Malformed)?;
    let [expires_at_seconds, not_before_seconds, issued_at_seconds] =
        [known.expiration, known.not_before, known.issued_at].map(|time| time.map(|time| time.timestamp()));
    for (name, value) in [("exp", expires_at_seconds), ("nbf", not_before_seconds), ("iat", issued_at_seconds)] {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value.into());
        }
    }
    let token_type = untrusted.header().token_type.as_deref().map(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.strip_prefix("application/").map(str::to_owned).unwrap_or(kind)
    });
    Ok(SignatureVerified { token_type, claims, expires_at_seconds, not_before_seconds, issued_at_seconds })
}

impl SignatureVerified {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// RFC 7519, 4.1.1
    pub(crate) fn check_issuer(&self, issuer: &str) -> Result<(), JwtError> {
        if self.text("iss") == Some(issuer) { Ok(()) } else { Err(JwtError::IssuerMismatch) }
    }

    /// RFC 7519, 4.1.3: one text or a list of them.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(audience)) => vec![audience],
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// RFC 7519, 4.1.4 to 4.1.6; `exp` and `iat` are required. Gives the end in milliseconds.
    pub(crate) fn check_times(&self, now_ms: u64) -> Result<u64, JwtError> {
        let now = now_ms / 1000;
        let seconds = |time: i64| u64::try_from(time).map_err(|_| JwtError::Malformed);
        let expires_at = seconds(self.expires_at_seconds.ok_or(JwtError::MissingClaim { name: "exp" })?)?;
        let issued_at = seconds(self.issued_at_seconds.ok_or(JwtError::MissingClaim { name: "iat" })?)?;
        let latest_start = now.saturating_add(LEEWAY_SECONDS);
        if now >= expires_at.saturating_add(LEEWAY_SECONDS) {
            return Err(JwtError::Expired);
        }
        if issued_at > latest_start {
            return Err(JwtError::NotYetValid);
        }
        if let Some(not_before) = self.not_before_seconds
            && seconds(not_before)? > latest_start
        {
            return Err(JwtError::NotYetValid);
        }
        expires_at.checked_mul(1000).ok_or(JwtError::Malformed)
    }

    /// RFC 7519, 4.1.2: required and not empty (S-27).
    pub(crate) fn subject(&self) -> Result<&str, JwtError> {
        self.text("sub").ok_or(JwtError::MissingClaim { name: "sub" })
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum JwtError {
    /// Not a JWS in compact form, or its claims are not as RFC 7519 has them.
    #[default]
    #[error("the token is malformed")]
    Malformed,
    /// More than [`LARGEST_TOKEN`] characters.
    #[error("the token is larger than {LARGEST_TOKEN} characters")]
    TooLarge,
    /// Another algorithm than RS256.
    #[error("the token's algorithm is not RS256")]
    AlgorithmRefused,
    /// A critical header extension (RFC 7515, 4.1.11).
    #[error("the token has a critical extension")]
    CriticalExtension,
    /// No key with that id: fetch the keys again once, then refuse.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the token's signature is invalid")]
    SignatureInvalid,
    /// The verifier failed.
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    /// Another kind of token than expected here.
    #[error("the token is of another type")]
    TypeRefused,
    /// A claim is missing or empty.
    #[error("the token has no {name}")]
    MissingClaim {
        /// Name of the claim.
        name: &'static str,
    },
    /// `iss`
    #[error("the token is of another issuer")]
    IssuerMismatch,
    /// `aud`
    #[error("the token is for another audience")]
    AudienceMismatch,
    /// `azp` or `client_id`
    #[error("the token was issued to another client")]
    ClientMismatch,
    /// `exp`
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat`
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `nonce`
    #[error("the token's nonce is not that of the transaction")]
    NonceMismatch,
    /// `sub` is not the user of the session.
    #[error("the token is of another user")]
    SubjectMismatch,
    /// `auth_time`: the user was authenticated longer ago than `max_age` allows.
    #[error("the user was authenticated too long ago")]
    LoginTooOld,
    /// `acr` and `amr`: the user was authenticated in another way than was asked for.
    #[error("the user was not authenticated as was asked for")]
    ContextNotMet,
    /// `org_id` or `org_name`
    #[error("the token is of another organization")]
    OrganizationMismatch,
}

const NOT_VERIFIED: &str = "Your login could not be verified. Please log in again.";
const LOOK_UP: &str = "Look up the login in the tenant's log.";
const SEND_ACCESS_TOKEN: &str = "Send an access token of the API in AUTH0_AUDIENCE that was issued to a user.";
const CHECK_CLOCK: &str = "Check the clock of this machine.";

impl Explained for JwtError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Malformed => Explanation::new("token_malformed", NOT_VERIFIED, LOOK_UP),
            Self::TooLarge => Explanation::new(
                "token_too_large",
                "Your login carries more data than this app takes. The operator of this app has to change that; trying again will not help.",
                "Tokens of up to 65536 characters are read. Take claims out of the token that the app does not need, above all lists of groups: in an Action, or in the connection's settings.",
            ),
            Self::AlgorithmRefused => Explanation::new(
                "token_algorithm_refused",
                NOT_VERIFIED,
                "Set the signing algorithm of the application and of the API to RS256.",
            ),
            Self::CriticalExtension => Explanation::new("token_critical_extension", NOT_VERIFIED, LOOK_UP),
            Self::UnknownKey => Explanation::new("token_unknown_key", NOT_VERIFIED, LOOK_UP),
            Self::SignatureInvalid => Explanation::new("token_signature_invalid", NOT_VERIFIED, LOOK_UP),
            Self::Verifier(_) => Explanation::new(
                "token_verifier_failed",
                "Your login could not be checked right now. Please try again in a moment.",
                LOOK_UP,
            )
            .later(),
            Self::TypeRefused => Explanation::new("token_type_refused", NOT_VERIFIED, SEND_ACCESS_TOKEN),
            Self::MissingClaim { .. } => Explanation::new("token_missing_claim", NOT_VERIFIED, SEND_ACCESS_TOKEN),
            Self::IssuerMismatch => Explanation::new(
                "token_issuer_mismatch",
                NOT_VERIFIED,
                "Set AUTH0_DOMAIN (or AUTH0_ISSUER) to the domain in the token's `iss` claim.",
            ),
            Self::AudienceMismatch => Explanation::new(
                "token_audience_mismatch",
                NOT_VERIFIED,
                "Set AUTH0_AUDIENCE to the identifier of the API, and request the token with that audience.",
            ),
            Self::ClientMismatch => Explanation::new(
                "token_client_mismatch",
                NOT_VERIFIED,
                "Use the client id of this application in AUTH0_CLIENT_ID.",
            ),
            Self::Expired => Explanation::new("token_expired", SESSION_ENDED, CHECK_CLOCK),
            Self::NotYetValid => Explanation::new("token_not_yet_valid", NOT_VERIFIED, CHECK_CLOCK),
            Self::NonceMismatch => Explanation::new("token_nonce_mismatch", NOT_VERIFIED, LOOK_UP),
            Self::SubjectMismatch => Explanation::new("token_subject_mismatch", NOT_VERIFIED, LOOK_UP),
            Self::LoginTooOld => Explanation::new("token_login_too_old", NOT_VERIFIED, LOOK_UP),
            Self::ContextNotMet => Explanation::new(
                "token_context_not_met",
                "This needed a stronger log-in, with a second step, and there was none. Please log in again.",
                "Switch on multi-factor authentication in the tenant and have it answer acr_values: the ID token needs acr, or amr with mfa.",
            ),
            Self::OrganizationMismatch => Explanation::new("token_organization_mismatch", NOT_VERIFIED, LOOK_UP),
        }
    }
}
