use deputy_error::{Explained, Explanation};
use std::future::Future;
use strum::EnumIter;

use deputy_http::{Secret, json};
use serde::Serialize;
use serde_json::{Value, json};

use crate::encoding::base64url;
use crate::issuer::Issuer;
use crate::randomness::Randomness;
use crate::words::NOT_SET_UP;

/// How long an assertion is good, in seconds. Auth0 takes up to five minutes; one assertion serves one request.
const LIFETIME_SECONDS: u64 = 120;

/// `typ` of an assertion.
const JWT: &str = "JWT";

/// What Auth0 takes at most: bytes of the assertion, characters of `iss` and `sub`.
const LONGEST_ASSERTION: usize = 2048;
const LONGEST_CLIENT_ID: usize = 64;

/// Signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 7518, 3.3) and the client's private key, which it keeps to itself:
/// WebCrypto in a Worker, the `rsa` crate in native tests.
pub trait AssertionSigner {
    /// The signature over `signing_input`.
    fn sign(&self, signing_input: &[u8]) -> impl Future<Output = Result<Vec<u8>, SignerError>>;
}

/// The signer itself failed: no key, or one that cannot sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, thiserror::Error)]
#[error("the client assertion could not be signed")]
pub struct SignerError;

/// A signed client assertion (RFC 7523, 3). The tenant takes it once. `Debug` does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAssertion(Secret);

impl ClientAssertion {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// RFC 7523, 3 and OpenID Connect Core 1.0, 9: `iss` and `sub` name the client, `aud` is the issuer with its trailing
/// slash, `jti` is fresh, `exp` two minutes from now.
pub(crate) async fn client_assertion(
    client_id: &str,
    issuer: &Issuer,
    key_id: Option<&str>,
    signer: &impl AssertionSigner,
    randomness: Randomness,
    now_ms: u64,
) -> Result<ClientAssertion, AssertionError> {
    if client_id.is_empty() || client_id.chars().count() > LONGEST_CLIENT_ID {
        return Err(AssertionError::ClientId);
    }
    let [jti, ..] = randomness.into_texts();
    let now = now_ms / 1000;
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": issuer.as_str(),
        "jti": jti,
        "iat": now,
        "exp": now.saturating_add(LIFETIME_SECONDS),
    });
    let assertion = signed(JWT, key_id, &claims, signer).await?;
    if assertion.expose().len() > LONGEST_ASSERTION {
        return Err(AssertionError::TooLong);
    }
    Ok(ClientAssertion(assertion))
}

/// RFC 7515, 4.1
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// A JWT signed by the client (RFC 7515, 3.1), of that `typ`.
pub(crate) async fn signed(
    kind: &str,
    key_id: Option<&str>,
    claims: &Value,
    signer: &impl AssertionSigner,
) -> Result<Secret, SignerError> {
    let header = json::write(&Header { alg: "RS256", typ: kind, kid: key_id });
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.to_string().as_bytes()));
    let signature = signer.sign(input.as_bytes()).await?;
    Ok(Secret::new(format!("{input}.{}", base64url(&signature))))
}

/// Why the client could not be authenticated with its private key. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum AssertionError {
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The client id is empty or longer than the 64 characters Auth0 takes in an assertion.
    #[error("the client id does not fit into an assertion")]
    ClientId,
    /// The assertion is longer than the 2048 bytes Auth0 takes.
    #[error("the client assertion is too long")]
    TooLong,
}

impl Explained for AssertionError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Signer(_) => Explanation::new(
                "client_assertion_not_signed",
                NOT_SET_UP,
                "Set AUTH0_CLIENT_PRIVATE_KEY to the RSA key (PKCS#8 PEM) of the application's credential.",
            ),
            Self::ClientId => Explanation::new(
                "client_assertion_client_id",
                NOT_SET_UP,
                "Compare AUTH0_CLIENT_ID with the application in the Auth0 dashboard.",
            ),
            Self::TooLong => Explanation::new(
                "client_assertion_too_long",
                NOT_SET_UP,
                "Use an RSA key of at most 4096 bits in AUTH0_CLIENT_PRIVATE_KEY.",
            ),
        }
    }
}
