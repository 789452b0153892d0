use deputy_http::{ReadResponse, Response, retry_after};
use serde_json::Value;

use super::clip::clip;
use super::error::ProviderProblem;

/// What GitHub, Google and Slack ask for where they limit and say no time, seconds.
const A_MINUTE: u64 = 60;
/// Characters of a provider's sentence.
const SAID: usize = 500;

/// What is wrong, by an answer that is not good. `own` tells whether a URL is a page of the provider: only such links are
/// passed on.
///
/// A 403 is a limit where it says so; the wish to connect again only where it says that the token is bad or has too few scopes;
/// otherwise something the user, or an administrator, has to change at the provider.
pub fn refusal(response: &Response, now: u64, own: &dyn Fn(&str) -> bool) -> ProviderProblem {
    let status = response.status().as_u16();
    let body: Value = response.json().unwrap_or_default();
    let reasons = reasons(&body);
    let has = |known: &[&str]| reasons.iter().any(|reason| known.contains(&reason.as_str()));
    match status {
        401 => ProviderProblem::NeedsConnection,
        429 => limited(response, &body, &reasons, now),
        400 | 403 | 503 if has(&TOO_MUCH) => limited(response, &body, &reasons, now),
        403 if limits(response, &body) => limited(response, &body, &reasons, now),
        403 if has(&BAD_TOKEN) || challenges(response, &body) => ProviderProblem::NeedsConnection,
        403 => {
            let said = said(&body, own);
            ProviderProblem::NotAllowed { said: with_cause(said, &reasons), link: link(response, &body, own) }
        }
        404 => ProviderProblem::NotFound,
        408 | 504 => ProviderProblem::Slow,
        500.. => ProviderProblem::Down { status },
        _ => ProviderProblem::Refused { status, said: said(&body, own) },
    }
}

/// Reasons that mean "too much", in small letters without `_`.
const TOO_MUCH: [&str; 11] = [
    // https://developers.google.com/workspace/calendar/api/guides/errors
    "ratelimitexceeded",
    "userratelimitexceeded",
    "sharingratelimitexceeded",
    "quotaexceeded",
    "calendarlimitsexceeded",
    "resourceexhausted",
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
    "requestlimitexceeded",
    "dailylimitexceeded",
    "dailylimitexceededunreg",
    // https://docs.slack.dev/apis/web-api/rate-limits
    "ratelimited",
    "concurrentlimitexceeded",
];
/// Limits that a minute does not mend.
const OF_A_DAY: [&str; 3] = ["requestlimitexceeded", "dailylimitexceeded", "dailylimitexceededunreg"];
/// Reasons that mean the token itself.
const BAD_TOKEN: [&str; 6] = [
    "insufficientpermissions",
    "accesstokenscopeinsufficient",
    "accesstokenexpired",
    "autherror",
    "invalidsessionid",
    "invalidcredentials",
];

/// The words by which programs tell errors apart: Google's, Salesforce's, Slack's places for them.
fn reasons(body: &Value) -> Vec<String> {
    let lists = ["/error/errors", "/error/details", ""].iter().filter_map(|at| body.pointer(at)?.as_array()).flatten();
    let named = lists.flat_map(|item| ["reason", "errorCode"].map(|name| item.get(name)));
    let single = ["/error/status", "/error", "/errorCode", "/code"].map(|at| body.pointer(at));
    let texts = named.chain(single).flatten().filter_map(Value::as_str);
    texts.map(|text| text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()).collect()
}

/// True for GitHub's limits, which come as 403: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
fn limits(response: &Response, body: &Value) -> bool {
    let words = ["rate limit", "rate-limit", "abuse detection", "too many requests"];
    let said = ["/message", "/documentation_url", "/error/message"].iter().filter_map(|at| body.pointer(at)?.as_str());
    response.header("retry-after").is_some()
        || response.header("x-ratelimit-remaining") == Some("0")
        || said.map(str::to_ascii_lowercase).any(|said| words.iter().any(|word| said.contains(word)))
}

/// True where the head says that the token will not do (RFC 6750, 3.1), or Google's sentence does.
fn challenges(response: &Response, body: &Value) -> bool {
    let said = body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    let challenge = response.header("www-authenticate").unwrap_or_default();
    said.contains("insufficient authentication scopes")
        || ["insufficient_scope", "invalid_token"].iter().any(|error| challenge.contains(error))
}

fn limited(response: &Response, body: &Value, reasons: &[String], now: u64) -> ProviderProblem {
    // A limit beside the hourly one has nothing to do with when that begins anew.
    let reset = response.header("x-ratelimit-remaining").is_none_or(|left| left == "0");
    let said = (reset || response.header("retry-after").is_some()).then(|| retry_after(response, now)).flatten();
    let in_words = || Some(in_body(body, now)?.max(now));
    let seconds = said.or_else(in_words).map(|at| at.saturating_sub(now).div_ceil(1000));
    let of_a_day = reasons.iter().any(|reason| OF_A_DAY.contains(&reason.as_str()));
    ProviderProblem::RateLimited { seconds: seconds.or((!of_a_day).then_some(A_MINUTE)) }
}

/// When to come back as Google writes it into the body: `retryDelay` of its details, or a time in Gmail's sentence.
fn in_body(body: &Value, now: u64) -> Option<u64> {
    let details = body.pointer("/error/details").and_then(Value::as_array);
    let delay = details.into_iter().flatten().find_map(|detail| detail.get("retryDelay")?.as_str());
    if let Some(seconds) = delay.and_then(|delay| delay.strip_suffix('s')?.parse::<f64>().ok()) {
        // A day is more than anybody waits for.
        return Some(now.saturating_add((seconds.clamp(0.0, 86_400.0) * 1000.0) as u64));
    }
    let (_, after) = body.pointer("/error/message")?.as_str()?.split_once("Retry after ")?;
    let time = after.split_whitespace().next()?.trim_end_matches(['.', ',', ')']);
    u64::try_from(chrono::DateTime::parse_from_rfc3339(time).ok()?.timestamp_millis()).ok()
}

/// The sentence in a provider's error: Google's, GitHub's, Salesforce's place for it. Links to elsewhere are left out.
fn said(body: &Value, own: &dyn Fn(&str) -> bool) -> String {
    let sentence = ["/error/message", "/message", "/0/message"].iter().find_map(|at| body.pointer(at)?.as_str());
    let mut said = String::new();
    for word in sentence.unwrap_or_default().split(' ') {
        let between = if said.is_empty() { "" } else { " " };
        let elsewhere = urls(word).any(|url| !own(url));
        said.push_str(between);
        said.extend(if elsewhere { "(link left out)" } else { word }.chars().filter(|c| !c.is_control()));
    }
    clip(&said, SAID)
}

/// What a reason means that the provider's own sentence does not tell a user.
fn with_cause(said: String, reasons: &[String]) -> String {
    let has = |reason: &str| reasons.iter().any(|known| known == reason);
    let cause = if has("accessnotconfigured") || has("servicedisabled") {
        "This API is not enabled in the project that the app belongs to."
    } else if has("domainpolicy") || has("adminpolicyenforced") {
        "An administrator has switched this off."
    } else if said.starts_with("Resource not accessible by") {
        "The app is not installed there, or may not do this."
    } else {
        return said;
    };
    if said.is_empty() {
        cause.to_owned()
    } else {
        format!("{} {cause}", if said.ends_with('.') { said } else { said + "." })
    }
}

/// Where the provider says that it can be changed: GitHub's head, Google's details and sentence.
fn link(response: &Response, body: &Value, own: &dyn Fn(&str) -> bool) -> Option<String> {
    // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#using-saml-single-sign-on
    let sso = response.header("x-github-sso").and_then(|value| value.split("url=").nth(1)?.split([';', ',']).next());
    let details = body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let of_detail = |detail: &'static str| move |item: &Value| item.pointer(detail)?.as_str().map(str::to_owned);
    let mut named = details.clone().filter_map(of_detail("/metadata/activationUrl"));
    let mut helps = details.filter_map(of_detail("/links/0/url"));
    let help = body.pointer("/error/errors/0/extendedHelp").and_then(Value::as_str).map(str::to_owned);
    let found = sso.map(|url| url.trim().to_owned()).or_else(|| named.next()).or_else(|| helps.next()).or(help)?;
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"'`()[]".contains(c);
    (own(&found) && found.len() <= SAID && found.chars().all(plain)).then_some(found)
}

/// The URLs in a word, without what closes a sentence.
fn urls(word: &str) -> impl Iterator<Item = &str> {
    let begin = word.find("://").map(|at| {
        word.get(..at)
            .map_or(0, |scheme| scheme.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |before| before + 1))
    });
    begin
        .and_then(|at| word.get(at..))
        .map(|url| url.trim_end_matches(['.', ',', ')', '"', '\'', '>', ';', ':']))
        .into_iter()
}

/// What is wrong by the body of an answer with status 200: Slack's `ok: false`
/// (https://docs.slack.dev/apis/web-api/using-the-slack-web-api#responses).
pub fn in_good_answer(response: &Response, body: &Value, now: u64) -> Option<ProviderProblem> {
    if body.get("ok") != Some(&Value::Bool(false)) {
        return None;
    }
    let error = body.get("error").and_then(Value::as_str).unwrap_or_default();
    Some(match error {
        "not_authed" | "invalid_auth" | "token_revoked" | "token_expired" | "account_inactive" => {
            ProviderProblem::NeedsConnection
        }
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => limited(response, body, &[], now),
        "missing_scope" => {
            let needed = body.get("needed").and_then(Value::as_str).unwrap_or("another permission");
            let said = format!("{} is missing.", clip(needed, 200));
            ProviderProblem::NotAllowed { said, link: None }
        }
        "access_denied"
        | "no_permission"
        | "not_allowed_token_type"
        | "restricted_action"
        | "ekm_access_denied"
        | "enterprise_is_restricted"
        | "team_access_not_granted"
        | "org_login_required"
        | "two_factor_setup_required" => ProviderProblem::NotAllowed { said: error.replace('_', " "), link: None },
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            ProviderProblem::Down { status: 503 }
        }
        "" => ProviderProblem::Malformed,
        other => ProviderProblem::Refused { status: 200, said: clip(other, 200) },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::testing::{NOW, provider};

    fn told(id: &str, status: u16, body: Value, headers: &[(&str, &str)]) -> (&'static str, String) {
        let response = deputy_http::response(status, body.to_string());
        let response = headers.iter().fold(response, |response, (name, value)| response.with_header(name, *value));
        let provider = provider(id);
        let problem = provider.refusal(&response, NOW);
        (problem.code(), problem.sentence(provider.name()))
    }

    fn limit(told: (&'static str, String)) -> String {
        assert_eq!(told.0, "provider_rate_limited", "{}", told.1);
        told.1.split("Please try again ").nth(1).unwrap().to_owned()
    }

    /// Trial 37: GitHub's primary, secondary and abuse limits, with the time they say or a minute.
    #[test]
    fn t37_githubs_limits_are_limits() {
        let secondary =
            json!({"message": "You have exceeded a secondary rate limit and have been temporarily blocked."});
        let untouched = [("x-ratelimit-remaining", "4988"), ("x-ratelimit-reset", "1795420000")];
        assert_eq!(limit(told("github", 403, secondary.clone(), &untouched)), "in 60 seconds.");
        assert_eq!(limit(told("github", 429, secondary.clone(), &untouched)), "in 60 seconds.");
        assert_eq!(limit(told("github", 403, secondary, &[("retry-after", "17")])), "in 17 seconds.");
        let abuse = json!({"message": "You have triggered an abuse detection mechanism. Please retry your request again later."});
        assert_eq!(limit(told("github", 403, abuse, &[])), "in 60 seconds.");
        let by_page = json!({"message": "No.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"});
        assert_eq!(limit(told("github", 403, by_page, &[])), "in 60 seconds.");
        let primary = json!({"message": "API rate limit exceeded for user ID 1."});
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795417290")];
        assert_eq!(limit(told("github", 403, primary.clone(), &spent)), "in 90 seconds.");
        let date = [("retry-after", "Mon, 23 Nov 2026 07:00:45 GMT")];
        assert_eq!(limit(told("github", 429, primary, &date)), "in 45 seconds.");
    }

    /// Trial 37, of its kind: Google, Salesforce.
    #[test]
    fn t37_other_limits_are_limits() {
        let google = |reason: &str| json!({"error": {"code": 403, "message": "Quota exceeded.", "errors": [{"reason": reason}]}});
        for reason in ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"] {
            assert_eq!(limit(told("google", 403, google(reason), &[])), "in 60 seconds.", "{reason}");
        }
        assert_eq!(limit(told("google", 403, google("dailyLimitExceeded"), &[])), "later.");
        let delay = json!({"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"reason": "RATE_LIMIT_EXCEEDED"}, {"retryDelay": "12.5s"}]}});
        assert_eq!(limit(told("google", 429, delay, &[])), "in 13 seconds.");
        let gmail = json!({"error": {"code": 429, "message": "User-rate limit exceeded.  Retry after 2026-11-23T07:02:00.000Z (Mail sending)"}});
        assert_eq!(limit(told("google", 429, gmail, &[])), "in 120 seconds.");
        let salesforce = json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]);
        assert_eq!(limit(told("salesforce", 403, salesforce, &[])), "later.");
    }

    /// Trial 38: what the user or an administrator has to change is said, with the provider's own link and no other.
    #[test]
    fn t38_what_has_to_be_changed_is_said() {
        let saml = json!({"message": "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization."});
        let url = "https://github.com/orgs/oakwood/sso?authorization_request=AZ1";
        let head = format!("required; url={url}");
        let (code, sentence) = told("github", 403, saml.clone(), &[("x-github-sso", &head)]);
        assert_eq!(code, "provider_not_allowed");
        assert!(sentence.contains("SAML enforcement") && sentence.ends_with(&format!(" See {url}")), "{sentence}");
        for elsewhere in [
            "https://github.example/orgs/x/sso",
            "http://github.com/x",
            "javascript:alert(1)",
            "https://github.com@evil.example/",
        ] {
            let (_, sentence) =
                told("github", 403, saml.clone(), &[("x-github-sso", &format!("required; url={elsewhere}"))]);
            assert!(!sentence.contains("See"), "{sentence}");
        }
        let app = told("github", 403, json!({"message": "Resource not accessible by integration"}), &[]).1;
        assert!(app.contains("not accessible by integration. The app is not installed there"), "{app}");
        let page = "https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=12";
        let disabled = json!({"error": {"code": 403, "message": format!("Gmail API has not been used in project 12 before or it is disabled. Enable it by visiting {page} then retry."),
            "errors": [{"reason": "accessNotConfigured"}], "status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED", "metadata": {"activationUrl": page}}]}});
        let (code, sentence) = told("google", 403, disabled, &[]);
        assert!(
            code == "provider_not_allowed" && sentence.matches(page).count() == 1 && sentence.contains("not enabled"),
            "{sentence}"
        );
        let evil = json!({"error": {"code": 403, "message": "Go to (https://evil.example/x). Now", "errors": [{"reason": "domainPolicy", "extendedHelp": "https://evil.example/y"}]}});
        let sentence = told("google", 403, evil, &[]).1;
        assert!(!sentence.contains("evil") && sentence.contains("An administrator"), "{sentence}");
    }

    /// Only a token that is bad, or has too few scopes, is a reason to connect again.
    #[test]
    fn t38_connecting_again_is_asked_for_what_it_mends() {
        let google = |reason: &str| json!({"error": {"code": 403, "errors": [{"reason": reason}]}});
        assert_eq!(told("google", 403, google("insufficientPermissions"), &[]).0, "provider_needs_connection");
        let scopes = json!({"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}});
        assert_eq!(told("google", 403, scopes, &[]).0, "provider_needs_connection");
        let words = json!({"error": {"code": 403, "message": "Request had insufficient authentication scopes."}});
        assert_eq!(told("google", 403, words, &[]).0, "provider_needs_connection");
        let challenge = [("www-authenticate", "Bearer error=\"insufficient_scope\"")];
        assert_eq!(told("google", 403, json!({}), &challenge).0, "provider_needs_connection");
        for reason in
            ["forbidden", "forbiddenForNonOrganizer", "requiredAccessLevel", "domainPolicy", "accessNotConfigured"]
        {
            assert_eq!(told("google", 403, google(reason), &[]).0, "provider_not_allowed", "{reason}");
        }
        for message in [
            "Must have admin rights to Repository.",
            "Repository access blocked",
            "Although you appear to have the correct authorization credentials, the `oak` organization has enabled OAuth App access restrictions",
        ] {
            assert_eq!(told("github", 403, json!({"message": message}), &[]).0, "provider_not_allowed", "{message}");
        }
    }
}
