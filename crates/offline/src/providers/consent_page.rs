//! The consent page as plain HTML: it works without JavaScript and on small screens.

/// What the page asks.
#[derive(Debug, Clone)]
pub struct Question {
    /// The ticket that the form sends back.
    pub ticket: String,
    /// Connection name, part of the form's address.
    pub connection: String,
    /// The provider's name for people.
    pub provider: String,
    /// The application that asks.
    pub application: String,
    /// The tenant user's name.
    pub user: String,
    /// Accounts to choose from; the first is chosen.
    pub accounts: Vec<String>,
    /// What the first account has granted before.
    pub granted: Vec<Scope>,
    /// What is asked for now.
    pub scopes: Vec<Scope>,
}

/// One permission of the list.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The scope itself.
    pub name: String,
    /// What it means.
    pub words: String,
    /// Whether the user may leave it out.
    pub optional: bool,
}

impl Question {
    /// The scopes asked for, as the page's form says them back.
    pub fn asked(&self) -> String {
        self.scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>().join(" ")
    }
}

const STYLE: &str = "
:root{color-scheme:light dark;--line:#c9ced6;--soft:#f5f6f8;--accent:#1a56c4;--muted:#59606b}
@media(prefers-color-scheme:dark){:root{--line:#474d57;--soft:#24282e;--accent:#8ab4ff;--muted:#a9b1bd}}
*{box-sizing:border-box}
body{margin:0;padding:1rem;font:1rem/1.5 system-ui,sans-serif;background:var(--soft)}
main{max-width:27rem;margin:4vh auto;padding:1.5rem;background:Canvas;border:1px solid var(--line);border-radius:.75rem}
h1{font-size:1.3rem;line-height:1.3;margin:0 0 1rem}
p{margin:.5rem 0}.muted{color:var(--muted);font-size:.875rem}
fieldset{border:0;margin:1rem 0;padding:0}legend{padding:0;font-weight:600;margin-bottom:.25rem}
label,li.fixed{display:flex;gap:.6rem;padding:.55rem .25rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}input{flex:none;width:1.1rem;height:1.1rem;margin:.2rem 0}
code{display:block;color:var(--muted);font-size:.75rem}
.buttons{display:flex;gap:.75rem;justify-content:flex-end;flex-wrap:wrap;margin-top:1.25rem}
button{font:inherit;padding:.55rem 1.4rem;border-radius:.5rem;border:1px solid var(--accent);background:none;color:var(--accent);cursor:pointer}
button.primary{background:var(--accent);color:Canvas}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

/// The question with its form.
pub fn question(question: &Question) -> String {
    let (provider, application) = (escape(&question.provider), escape(&question.application));
    let accounts =
        question.accounts.iter().enumerate().map(|(at, account)| choice(account, at == 0)).collect::<String>();
    let scopes = question.scopes.iter().map(permission).collect::<String>();
    let scopes = if scopes.is_empty() && !question.granted.is_empty() {
        "<p>Nothing that it may not do already.</p>".to_owned()
    } else if scopes.is_empty() {
        "<p>The permissions are set at the provider; the application asks for none of its own.</p>".to_owned()
    } else {
        format!("<ul>{scopes}</ul>")
    };
    let granted = question.granted.iter().map(permission_given).collect::<String>();
    let granted = if granted.is_empty() {
        String::new()
    } else {
        format!("<details><summary>{application} already has some access</summary><ul>{granted}</ul></details>")
    };
    let body = format!(
        r#"<h1>{application} wants to use your {provider} account</h1>
<p>You are signed in as {user}. {application} will act in your name, only with what you allow here.</p>
<form method="post" action="/{connection}/consent">
<input type="hidden" name="ticket" value="{ticket}">
<input type="hidden" name="shown" value="{shown}">
<input type="hidden" name="asked" value="{asked}">
<fieldset><legend>Account</legend>{accounts}</fieldset>
<fieldset><legend>{application} will be able to</legend>{scopes}{granted}</fieldset>
<div class="buttons"><button name="decision" value="deny">Cancel</button>
<button class="primary" name="decision" value="allow">Allow</button></div>
</form>
<p class="muted">This is not {provider}: it is the offline world's stand-in for its consent page.</p>"#,
        user = escape(&question.user),
        connection = path_segment(&question.connection),
        ticket = escape(&question.ticket),
        shown = escape(question.accounts.first().map_or("", String::as_str)),
        asked = escape(&question.asked()),
    );
    document(&format!("Allow {application}? – {provider} (offline)"), &body)
}

/// A page with nothing but a sentence.
pub fn problem(sentence: &str) -> String {
    document("Not possible", &format!("<h1>This did not work</h1><p>{}</p>", escape(sentence)))
}

fn choice(account: &str, chosen: bool) -> String {
    let account = escape(account);
    let checked = if chosen { " checked" } else { "" };
    format!(
        r#"<label><input type="radio" name="account" value="{account}" required{checked}> <span>{account}</span></label>"#
    )
}

fn permission(scope: &Scope) -> String {
    let (name, words) = (escape(&scope.name), escape(&scope.words));
    let text = format!("<span>{words}<code>{name}</code></span>");
    if scope.optional {
        format!(r#"<li><label><input type="checkbox" name="scope" value="{name}" checked> {text}</label></li>"#)
    } else {
        format!(r#"<li class="fixed">{text}</li>"#)
    }
}

fn permission_given(scope: &Scope) -> String {
    format!("<li class=\"fixed\"><span>{}<code>{}</code></span></li>", escape(&scope.words), escape(&scope.name))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body><main>{body}</main></body></html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Percent-encoded as one path segment, which also makes it safe inside an attribute.
fn path_segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_question_can_break_out_of_the_page() {
        let evil = "\"><script>alert('x')</script>".to_owned();
        let html = question(&Question {
            ticket: evil.clone(),
            connection: evil.clone(),
            provider: evil.clone(),
            application: evil.clone(),
            user: evil.clone(),
            accounts: vec![evil.clone()],
            granted: Vec::new(),
            scopes: vec![Scope { name: evil.clone(), words: evil, optional: true }],
        });
        assert!(!html.contains("<script"));
        assert!(!html.contains("value=\"\">"));
    }
}
