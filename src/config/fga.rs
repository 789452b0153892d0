use deputy_error::Explained;
use deputy_fga::client::{self, Connection};

use super::reader::Reader;
use super::{SettingsError, SettingsProblem};

/// The type of folders, in the embedded model and in a service's.
pub const FOLDER_TYPE: &str = "folder";
/// The type of users in the embedded model.
const USER_TYPE: &str = "user";
/// The relation of whoever sees a document in the embedded model.
const EMBEDDED_RELATION: &str = "can_view";
/// The most characters of a user that OpenFGA takes.
const LONGEST_USER: usize = 512;

/// Who decides what a user may see, and how documents and users are called there.
#[derive(Debug, Clone)]
pub struct FgaSettings {
    /// `FGA_API_URL` and what belongs to it: Auth0 FGA, or an OpenFGA server. Without it the embedded evaluator decides.
    pub connection: Option<Connection>,
    /// `FGA_RELATION`: who has it to a document sees it.
    pub relation: String,
    /// `FGA_OBJECT_TYPE`: the type of documents.
    pub object_type: String,
    /// `FGA_USER_FORMAT`
    pub user_format: UserFormat,
}

/// How a person is called: a type, and a text around the subject or the verified e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFormat {
    user_type: String,
    before: String,
    claim: Claim,
    after: String,
}

/// What a user is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    Subject,
    Email,
}

impl UserFormat {
    fn parse(text: &str) -> Option<Self> {
        let (user_type, id) = text.split_once(':')?;
        let (claim, mark) = if id.contains("{sub}") { (Claim::Subject, "{sub}") } else { (Claim::Email, "{email}") };
        let (before, after) = id.split_once(mark)?;
        let fixed = |part: &str| part.chars().all(|c| is_plain(c) && !matches!(c, '{' | '}'));
        (is_name(user_type) && fixed(before) && fixed(after)).then(|| Self {
            user_type: user_type.to_owned(),
            before: before.to_owned(),
            claim,
            after: after.to_owned(),
        })
    }

    /// The user that a person is. `None` where the format asks for a verified e-mail address and there is none, and where the name would
    /// be longer than FGA takes.
    pub fn user(&self, subject: &str, verified_email: Option<&str>) -> Option<String> {
        let claim = match self.claim {
            Claim::Subject => subject.to_owned(),
            Claim::Email => verified_email?.to_ascii_lowercase(),
        };
        let user = format!("{}:{}{}{}", self.user_type, self.before, escaped(&claim), self.after);
        (!claim.is_empty() && user.chars().count() <= LONGEST_USER).then_some(user)
    }

    /// Everybody: `user:*`.
    pub fn everybody(&self) -> String {
        format!("{}:*", self.user_type)
    }

    /// Whether people are known by an address, which they may lose to somebody else.
    pub fn is_by_email(&self) -> bool {
        self.claim == Claim::Email
    }
}

/// No two claims become the same text, and none becomes another user: `*` would be everybody, `#` a userset.
fn escaped(claim: &str) -> String {
    let mut out = String::with_capacity(claim.len());
    for character in claim.chars() {
        if is_plain(character) && character != '%' {
            out.push(character);
        } else {
            out.push_str(&deputy_http::percent_encode(character.encode_utf8(&mut [0; 4])));
        }
    }
    out
}

fn is_plain(character: char) -> bool {
    !matches!(character, ':' | '#' | '*') && !character.is_whitespace() && !character.is_control()
}

/// A name of a type or relation: `^[^:#@\s]{1,50}$`, the shorter of OpenFGA's two limits.
fn is_name(text: &str) -> bool {
    const LONGEST: usize = 50;
    (1..=LONGEST).contains(&text.chars().count()) && text.chars().all(|c| is_plain(c) && c != '@')
}

impl Reader<'_> {
    /// The settings of fine-grained authorization: `FGA_…`.
    pub(super) fn fga(&mut self) -> FgaSettings {
        let connection = Connection::from_settings(|name| self.optional(name)).unwrap_or_else(|error| {
            self.refuse_error(error.into());
            None
        });
        let relation = self.fga_name("FGA_RELATION", EMBEDDED_RELATION);
        let object_type = self.fga_name("FGA_OBJECT_TYPE", "doc");
        if connection.is_none() && relation != EMBEDDED_RELATION {
            let fix = "In the embedded model it is can_view: leave it out, or set FGA_API_URL and FGA_STORE_ID to use a model of your own.";
            self.refuse("FGA_RELATION", SettingsProblem::Contradictory, fix);
        }
        let user_format = self.user_format(connection.is_some());
        let taken = [FOLDER_TYPE, user_format.user_type.as_str()];
        if taken.contains(&object_type.as_str()) {
            let fix = "Documents need a type of their own, not that of folders or users.";
            self.refuse("FGA_OBJECT_TYPE", SettingsProblem::Contradictory, fix);
        }
        FgaSettings { connection, relation, object_type, user_format }
    }

    fn fga_name(&mut self, setting: &'static str, default: &str) -> String {
        let name = self.text(setting, default);
        if !is_name(&name) {
            self.invalid(setting, "Set it to a name of your authorization model, or leave it out.");
        }
        name
    }

    fn user_format(&mut self, service: bool) -> UserFormat {
        let setting = "FGA_USER_FORMAT";
        let standard = UserFormat {
            user_type: USER_TYPE.to_owned(),
            before: String::new(),
            claim: Claim::Subject,
            after: String::new(),
        };
        let Some(text) = self.optional(setting) else { return standard };
        let Some(format) = UserFormat::parse(&text) else {
            self.invalid(setting, "Set it to user:{sub} or user:{email}, or leave it out.");
            return standard;
        };
        if !service && format.user_type != USER_TYPE {
            let fix = "The embedded model knows users as the type user. Set FGA_API_URL and FGA_STORE_ID to use a model of your own.";
            self.refuse(setting, SettingsProblem::Contradictory, fix);
        }
        format
    }
}

impl From<client::SettingsError> for SettingsError {
    fn from(error: client::SettingsError) -> Self {
        let problem = match error.problem {
            client::SettingsProblem::Missing => SettingsProblem::Missing,
            client::SettingsProblem::NoUrl | client::SettingsProblem::NoUlid => SettingsProblem::Invalid,
            client::SettingsProblem::TwoCredentials => SettingsProblem::Contradictory,
        };
        Self { setting: error.setting, problem, fix: error.developer_fix().into_owned().into() }
    }
}

#[cfg(test)]
mod tests {
    use deputy_fga::client::Authentication;

    use crate::config::testing::settings;
    use crate::config::{FgaSettings, SettingsProblem};

    const URL: (&str, &str) = ("FGA_API_URL", "https://api.eu1.fga.dev");
    const STORE: (&str, &str) = ("FGA_STORE_ID", "01JZ0000000000000000000001");
    const CLIENT: (&str, &str) = ("FGA_CLIENT_ID", "client");
    const SECRET: (&str, &str) = ("FGA_CLIENT_SECRET", "fga-secret-value");

    fn fga(change: &[(&str, &str)]) -> FgaSettings {
        settings(change).unwrap().fga
    }

    /// RG-02: the settings of Auth0's samples. The audience has the slash at its end, also where it was set without.
    #[test]
    fn rg_02_the_settings_of_the_documents_lead_to_auth0_fga() {
        for audience in ["https://api.eu1.fga.dev/", "https://api.eu1.fga.dev", ""] {
            let read = fga(&[URL, STORE, CLIENT, SECRET, ("FGA_API_AUDIENCE", audience)]);
            let connection = read.connection.clone().unwrap();
            assert_eq!((connection.api_url.as_str(), connection.store_id.as_str()), (URL.1, STORE.1));
            let Authentication::ClientCredentials(client) = connection.authentication else { panic!("no client") };
            assert_eq!(client.audience, "https://api.eu1.fga.dev/");
            assert_eq!(client.token_url, "https://auth.fga.dev/oauth/token");
            assert!(!format!("{read:?}").contains(SECRET.1), "a secret is not shown");
        }
        let preshared = fga(&[URL, STORE, ("FGA_API_TOKEN", "key")]).connection.unwrap().authentication;
        assert!(matches!(preshared, Authentication::PresharedKey(key) if key.expose() == "key"));
        assert_eq!(fga(&[URL, STORE]).connection.unwrap().authentication, Authentication::None);
        assert!(fga(&[]).connection.is_none());
    }

    /// RG-02: what is missing or contradicts is named with its fix, and its value is not.
    #[test]
    fn rg_02_wrong_settings_are_refused_by_name() {
        use SettingsProblem::{Contradictory, Invalid, Missing};
        let cases: [(&[(&str, &str)], &str, SettingsProblem); 13] = [
            (&[STORE], "FGA_API_URL", Missing),
            (&[CLIENT, SECRET], "FGA_API_URL", Missing),
            (&[URL], "FGA_STORE_ID", Missing),
            (&[URL, ("FGA_STORE_ID", "my-store")], "FGA_STORE_ID", Invalid),
            (&[URL, STORE, ("FGA_MODEL_ID", "newest")], "FGA_MODEL_ID", Invalid),
            (&[URL, STORE, CLIENT], "FGA_CLIENT_SECRET", Missing),
            (&[URL, STORE, SECRET], "FGA_CLIENT_ID", Missing),
            (&[URL, STORE, CLIENT, SECRET, ("FGA_API_TOKEN", "key")], "FGA_API_TOKEN", Contradictory),
            (&[("FGA_API_URL", "http://fga.example"), STORE, CLIENT, SECRET], "FGA_API_URL", Invalid),
            (&[("FGA_RELATION", "can:view")], "FGA_RELATION", Invalid),
            (&[("FGA_RELATION", "viewer")], "FGA_RELATION", Contradictory),
            (&[("FGA_OBJECT_TYPE", "folder")], "FGA_OBJECT_TYPE", Contradictory),
            (&[("FGA_USER_FORMAT", "employee:{sub}")], "FGA_USER_FORMAT", Contradictory),
        ];
        for (change, setting, problem) in cases {
            let error = settings(change).unwrap_err();
            assert_eq!((error.setting, error.problem), (setting, problem), "{change:?}");
            assert!(!error.fix.is_empty() && !error.fix.contains(SECRET.1), "{error:?}");
        }
        for format in
            ["{sub}", "user:", "user:ana", "user:{sub}{sub}", "user:{sub}{email}", "us er:{sub}", "user:#{sub}"]
        {
            assert_eq!(settings(&[("FGA_USER_FORMAT", format)]).unwrap_err().setting, "FGA_USER_FORMAT", "{format}");
        }
    }

    /// RG-18: any types and relations of a model of one's own.
    #[test]
    fn rg_18_types_and_relations_are_settings() {
        let own = [("FGA_RELATION", "viewer"), ("FGA_OBJECT_TYPE", "document"), ("FGA_USER_FORMAT", "employee:{sub}")];
        let read = fga(&[&[URL, STORE], own.as_slice()].concat());
        assert_eq!((read.relation.as_str(), read.object_type.as_str()), ("viewer", "document"));
        assert_eq!(read.user_format.user("ana", None).as_deref(), Some("employee:ana"));
        assert_eq!(read.user_format.everybody(), "employee:*");
        let standard = fga(&[]);
        assert_eq!((standard.relation.as_str(), standard.object_type.as_str()), ("can_view", "doc"));
    }

    /// RG-07: the documents' `user:{email}` as an option. An address that is not verified is nobody's.
    #[test]
    fn rg_07_a_user_is_the_subject_or_the_verified_address() {
        let subject = fga(&[]).user_format;
        assert_eq!(subject.user("auth0|5f7c", Some("ana@example.com")).as_deref(), Some("user:auth0|5f7c"));
        let email = fga(&[("FGA_USER_FORMAT", "user:{email}")]).user_format;
        assert_eq!(email.user("auth0|5f7c", Some("Ana@Example.com")).as_deref(), Some("user:ana@example.com"));
        assert_eq!(email.user("auth0|5f7c", None), None);
        assert!(email.is_by_email() && !subject.is_by_email());
    }

    /// RG-21: a subject is never read as everybody, as a userset or as another subject.
    #[test]
    fn rg_21_no_subject_becomes_another_user() {
        let format = fga(&[]).user_format;
        let subjects = ["*", "a#member", "a:b", "a b", "a%20b", "a\tb", "%2A", "a\u{a0}b", "ü|ß", "samlp|x|a.b@c"];
        let users: Vec<_> = subjects.iter().map(|subject| format.user(subject, None).unwrap()).collect();
        let different: std::collections::HashSet<_> = users.iter().collect();
        assert_eq!(different.len(), users.len(), "{users:?}");
        for user in &users {
            assert!(matches!(user.parse(), Ok(deputy_fga::tuple::User::Object(_))), "{user}");
            assert!(!user.contains(char::is_whitespace));
        }
        assert_eq!(users.last().unwrap(), "user:samlp|x|a.b@c");
        assert_eq!(users.first().unwrap(), "user:%2A");
        assert_eq!(format.user("", None), None);
        assert_eq!(format.user(&"a".repeat(600), None), None);
    }
}
