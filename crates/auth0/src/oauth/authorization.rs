use deputy_http::{Secret, append_query};

use crate::encoding::{base64url, sha256};
use crate::oauth::callback::{CallbackError, CallbackParameters};
use crate::oauth::tenant::Tenant;
use crate::oauth::transaction::{LoginTransaction, TRANSACTION_LIFETIME_MS};
use crate::randomness::Randomness;
use crate::return_to::ReturnTo;

/// Scopes of every login: `offline_access` so that later exchanges work without the user (UA-11, UA-12).
pub const LOGIN_SCOPE: &str = "openid profile email offline_access";

/// Scopes of a log-in that is nothing but a proof.
const IDENTITY_SCOPE: &str = "openid profile email";

/// `acr_values` are remembered in a cookie, which has to stay small.
const LONGEST_ACR_VALUES: usize = 512;

/// What a browser may ask of a login. Everything else in its query is ignored, above all `scope`, `audience` and
/// `redirect_uri` (S-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginInput {
    /// `signup` shows the sign-up form (UA-04).
    pub screen_hint: Option<String>,
    /// OpenID Connect Core 1.0, 3.1.2.1
    pub login_hint: Option<String>,
    /// Auth0: the connection to log in with.
    pub connection: Option<String>,
    /// OpenID Connect Core 1.0, 3.1.2.1
    pub prompt: Option<String>,
    /// OpenID Connect Core 1.0, 3.1.2.1
    pub ui_locales: Option<String>,
    /// Auth0 Organizations: id or name.
    pub organization: Option<String>,
    /// Auth0 Organizations: the ticket of an invitation, which comes with `organization` (T32).
    pub invitation: Option<String>,
    /// OpenID Connect Core 1.0, 3.1.2.1: how the user is to be authenticated, a list with spaces.
    pub acr_values: Option<String>,
    /// OpenID Connect Core 1.0, 3.1.2.1: how long ago the user may have been authenticated, seconds; a whole number.
    pub max_age: Option<String>,
    /// Only who the user is: no token for the agent's API, and none that outlives the log-in.
    pub identity_only: bool,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
}

impl LoginInput {
    /// Nothing asked for.
    pub fn new(return_to: ReturnTo) -> Self {
        Self {
            screen_hint: None,
            login_hint: None,
            connection: None,
            prompt: None,
            ui_locales: None,
            organization: None,
            invitation: None,
            acr_values: None,
            max_age: None,
            identity_only: false,
            return_to,
        }
    }

    /// Reads the query of `/auth/login`: allow-listed names, allow-listed values where the standard closes the list,
    /// `returnTo` or `return_to` if it stays on `origin`. What is not understood is left out.
    pub fn from_query(query: &[(String, String)], origin: &str) -> Self {
        let text = |name: &str| value(query, name);
        let one_of = |name: &str, allowed: &[&str]| text(name).filter(|value| allowed.contains(&value.as_str()));
        let return_to = text("returnTo").or_else(|| text("return_to"));
        Self {
            screen_hint: one_of("screen_hint", &["signup", "login"]),
            login_hint: text("login_hint"),
            connection: text("connection"),
            prompt: one_of("prompt", &["none", "login", "consent", "select_account"]),
            ui_locales: text("ui_locales"),
            organization: text("organization"),
            invitation: text("invitation"),
            acr_values: text("acr_values").filter(|values| values.len() <= LONGEST_ACR_VALUES),
            max_age: text("max_age").filter(|seconds| seconds.parse::<u32>().is_ok()),
            identity_only: false,
            return_to: return_to.and_then(|target| ReturnTo::parse(origin, &target)).unwrap_or_else(ReturnTo::root),
        }
    }
}

/// The authorization request (RFC 6749, 4.1.1; OpenID Connect Core 1.0, 3.1.2.1) with PKCE S256 (RFC 7636, 4.3),
/// `state` and `nonce` (S-14): the URL to redirect to, and what to remember, sealed, until the callback.
pub fn authorize(
    tenant: &Tenant,
    input: LoginInput,
    randomness: Randomness,
    now_ms: u64,
) -> (String, LoginTransaction) {
    let transaction = begin(tenant, &input, randomness, now_ms);
    let challenge = code_challenge(transaction.code_verifier.expose());
    let mut pairs = vec![("client_id", tenant.client.client_id.as_str())];
    pairs.extend(parameters(tenant, &input, &transaction, &challenge));
    (append_query(&tenant.endpoints.authorization, pairs), transaction)
}

/// A login that begins now: nobody else knows its `state`, `nonce` and `code_verifier`.
pub(crate) fn begin(tenant: &Tenant, input: &LoginInput, randomness: Randomness, now_ms: u64) -> LoginTransaction {
    let [state, nonce, code_verifier] = randomness.into_texts();
    LoginTransaction {
        state,
        nonce,
        code_verifier: Secret::new(code_verifier),
        organization: input.organization.clone(),
        max_age: input.max_age.as_deref().and_then(|seconds| seconds.parse().ok()),
        acr_values: input.acr_values.iter().flat_map(|values| values.split_whitespace()).map(str::to_owned).collect(),
        silent: input.prompt.as_deref() == Some("none"),
        iss_parameter: tenant.endpoints.iss_parameter,
        return_to: input.return_to.clone(),
        created_at: now_ms,
    }
}

/// The parameters of an authorization request, but for `client_id`, which client authentication brings where there is any.
pub(crate) fn parameters<'a>(
    tenant: &'a Tenant,
    input: &'a LoginInput,
    transaction: &'a LoginTransaction,
    challenge: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let (scope, audience) = if input.identity_only { (IDENTITY_SCOPE, &None) } else { (LOGIN_SCOPE, &tenant.audience) };
    let mut pairs = vec![("response_type", "code"), ("redirect_uri", tenant.redirect_uri.as_str()), ("scope", scope)];
    let optional = [
        ("audience", audience),
        ("screen_hint", &input.screen_hint),
        ("login_hint", &input.login_hint),
        ("connection", &input.connection),
        ("prompt", &input.prompt),
        ("ui_locales", &input.ui_locales),
        ("organization", &input.organization),
        ("invitation", &input.invitation),
        ("acr_values", &input.acr_values),
        ("max_age", &input.max_age),
    ];
    pairs.extend(optional.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))));
    pairs.extend([
        ("state", transaction.state.as_str()),
        ("nonce", transaction.nonce.as_str()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]);
    pairs
}

/// An authorization code that came back to the transaction it belongs to. Only [`callback`] makes one.
#[derive(Debug)]
pub struct AuthorizationCode {
    pub(crate) code: Secret,
    pub(crate) code_verifier: Secret,
    pub(crate) nonce: String,
    pub(crate) organization: Option<String>,
    pub(crate) max_age: Option<u32>,
    pub(crate) acr_values: Vec<String>,
    return_to: ReturnTo,
}

impl AuthorizationCode {
    /// Where the login wanted to go.
    pub fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }
}

/// The authorization response (RFC 6749, 4.1.2; RFC 9207, 2.4; OpenID Connect Core 1.0, 3.1.2.7). `query` is the
/// decoded query of the callback. The transaction is spent, whatever the outcome.
pub fn callback(
    tenant: &Tenant,
    query: &[(String, String)],
    transaction: LoginTransaction,
    now_ms: u64,
) -> Result<AuthorizationCode, CallbackError> {
    let parameters = CallbackParameters::read(query)?;
    parameters.check_state(&transaction.state)?;
    parameters.check_issuer(tenant, transaction.iss_parameter)?;
    parameters.check_age(transaction.created_at, TRANSACTION_LIFETIME_MS, now_ms)?;
    let code = parameters.code("code")?;
    Ok(AuthorizationCode {
        code,
        code_verifier: transaction.code_verifier,
        nonce: transaction.nonce,
        organization: transaction.organization,
        max_age: transaction.max_age,
        acr_values: transaction.acr_values,
        return_to: transaction.return_to,
    })
}

/// RFC 7636, 4.2
pub(crate) fn code_challenge(code_verifier: &str) -> String {
    base64url(&sha256(code_verifier.as_bytes()))
}

/// The first value of a name, if it is one we would pass on.
fn value(query: &[(String, String)], name: &str) -> Option<String> {
    const LONGEST: usize = 2048;
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control))
        .cloned()
}
