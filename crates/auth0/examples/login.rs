//! Login, refresh, revocation and logout over plain HTTP on this machine, so that certified servers can check this crate.
//!
//! `login ISSUER CLIENT_ID CLIENT_SECRET REDIRECT_URI [pushed]`: prints the URL of the login, reads the URL at which the
//! browser ended, and prints what came of it as JSON. With `pushed` the request goes to the server first (RFC 9126).
//! Development only: the secret is an argument, and nothing here does TLS.

use std::io::{BufRead, Read, Write, stdin, stdout};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{
    Client, Endpoints, Issuer, Jwk, LoginInput, Randomness, ReturnTo, SignatureVerifier, Tenant, VerifierError,
    authorize, authorize_pushed, callback, code_request, jwks_request, jwks_response, logout_url, par_request,
    par_response, refresh_request, revoke_request, revoke_response, token_response, userinfo_request,
    userinfo_response, validate_login, validate_refreshed, verify_signature,
};
use deputy_error::Explained as _;
use deputy_http::{ReadResponse, Request, Response, Secret, parse_query};
use futures::executor::block_on;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (pushed, arguments) = match arguments.as_slice() {
        [arguments @ .., last] if last == "pushed" => (true, arguments),
        arguments => (false, arguments),
    };
    let [issuer, client_id, secret, redirect_uri] = arguments else {
        return Err("usage: login ISSUER CLIENT_ID CLIENT_SECRET REDIRECT_URI [pushed]".into());
    };
    let issuer = Issuer::parse(issuer, true)?;
    let endpoints = Endpoints::from_discovery(&issuer, send(&Endpoints::discovery_request(&issuer))?)?;
    let client = Client::with_secret(client_id, Secret::new(secret));
    let tenant = Tenant { issuer, client, audience: None, redirect_uri: redirect_uri.clone(), endpoints };

    let mut input = LoginInput::new(ReturnTo::root());
    // A standard server gives offline access only after it asked (OpenID Connect Core 1.0, 11).
    input.prompt = Some("consent".to_owned());
    let randomness = Randomness::from_source(|bytes| OsRng.try_fill_bytes(bytes))?;
    let (url, transaction) = if pushed {
        let (request, transaction) = par_request(&tenant, &input, randomness, now_ms())?;
        (authorize_pushed(&tenant, par_response(send(&request)?, now_ms())?), transaction)
    } else {
        authorize(&tenant, input, randomness, now_ms())
    };
    say(&url)?;
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let query = parse_query(line.trim().split_once('?').map_or("", |(_, query)| query));

    let code = callback(&tenant, &query, transaction, now_ms())?;
    let tokens = token_response(send(&code_request(&tenant, &code))?, now_ms())?;
    let keys = jwks_response(send(&jwks_request(&tenant.endpoints))?)?;
    let id_token = tokens.id_token.as_ref().ok_or("no ID token")?;
    let login = validate_login(block_on(verify_signature(id_token, &keys, &RsaVerifier))?, &tenant, &code, now_ms())?;
    let info = userinfo_response(send(&userinfo_request(&tenant, &tokens.access_token))?, login.subject(), now_ms())?;

    let refresh_token = tokens.refresh_token.clone().ok_or("no refresh token")?;
    let refreshed = token_response(send(&refresh_request(&tenant, &refresh_token, None, None))?, now_ms())?;
    let new_id_token = refreshed.id_token.as_ref().ok_or("no ID token after the refresh")?;
    let again = block_on(verify_signature(new_id_token, &keys, &RsaVerifier))?;
    let again = validate_refreshed(again, &tenant, login.subject(), now_ms())?;

    let last = refreshed.refresh_token.clone().unwrap_or(refresh_token);
    revoke_response(send(&revoke_request(&tenant, &last))?, now_ms())?;
    let after = token_response(send(&refresh_request(&tenant, &last, None, None))?, now_ms());
    let outcome = json!({
        "subject": login.subject(),
        "refreshed_subject": again.subject(),
        "userinfo_subject": info.get("sub"),
        "new_access_token": refreshed.access_token.expose() != tokens.access_token.expose(),
        "after_revocation": after.err().map(|error| error.code()),
        "logout_url": logout_url(&tenant, redirect_uri, login.sid()),
    });
    say(&outcome.to_string())
}

fn say(line: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or_default()
}

/// HTTP/1.0, so that the answer ends with the connection and is never in chunks.
fn send(request: &Request) -> Result<Response, Failure> {
    if request.uri().scheme_str() != Some("http") {
        return Err("only http here".into());
    }
    let host = request.uri().authority().ok_or("no host")?.as_str();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let body = &request.body().text();
    let mut text =
        format!("{} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {}\r\n", request.method(), body.len());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str()?));
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
    let response = deputy_http::response(status, body.to_owned());
    Ok(lines
        .filter_map(|line| line.split_once(':'))
        .fold(response, |response, (name, value)| response.with_header(name, value.trim())))
}

struct RsaVerifier;

impl SignatureVerifier for RsaVerifier {
    async fn verify(&self, key: &Jwk, signing_input: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
        let n = number(&key.n).map_err(|_| VerifierError)?;
        let e = number(&key.e).map_err(|_| VerifierError)?;
        let key = VerifyingKey::<Sha256>::new(RsaPublicKey::new(n, e).map_err(|_| VerifierError)?);
        Ok(Signature::try_from(signature).is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()))
    }
}
