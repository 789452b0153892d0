use deputy_auth0::{Client, Endpoints, Issuer, Tenant};

use crate::error::AgentError;

/// Where to log in, and whom to ask.
#[derive(Debug)]
pub struct Settings {
    /// The tenant, with this program as its client.
    pub tenant: Tenant,
    /// Deputy's origin, without a slash at the end.
    pub deputy: String,
}

impl Settings {
    /// Reads them from any source, such as the environment. Plain `http` is for this machine alone: the token goes there.
    pub fn read(source: &dyn Fn(&str) -> Option<String>) -> Result<Self, AgentError> {
        let text = |name: &str| source(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let required = |setting, fix| text(setting).ok_or(AgentError::Setting { setting, fix });
        let issuer = match text("AUTH0_ISSUER") {
            Some(issuer) => Issuer::parse(&issuer, true)?,
            None => Issuer::from_domain(&text("AUTH0_DOMAIN").unwrap_or_default())?,
        };
        let deputy = text("DEPUTY_URL").unwrap_or_else(|| "http://localhost:3000".to_owned());
        let client =
            required("AGENT_CLIENT_ID", "Set it to the client id of a native application with the grant Device Code.")?;
        Ok(Self {
            tenant: Tenant {
                endpoints: Endpoints::auth0(&issuer),
                issuer,
                client: Client::public(client),
                audience: Some(required("AUTH0_AUDIENCE", "Set it to the identifier of the agent's API.")?),
                redirect_uri: String::new(),
            },
            deputy: origin(&deputy).ok_or(AgentError::Setting {
                setting: "DEPUTY_URL",
                fix: "Set it to Deputy's https address, or to an http address of this machine.",
            })?,
        })
    }
}

/// The origin, if a token may be sent there.
fn origin(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let (scheme, authority) = url.split_once("://")?;
    let plain = !authority.is_empty() && !authority.contains(['/', '?', '#', '@', '\\']) && authority.is_ascii();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    (plain && (scheme == "https" || scheme == "http" && here)).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: &[(&str, &str)]) -> Result<Settings, AgentError> {
        let base =
            [("AUTH0_DOMAIN", "tenant.example.com"), ("AUTH0_AUDIENCE", "https://api"), ("AGENT_CLIENT_ID", "cli")];
        let all: Vec<_> = base.iter().chain(change).copied().collect();
        let find = |name: &str| all.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings::read(&find)
    }

    #[test]
    fn ua_24_a_token_goes_to_https_or_to_this_machine() {
        assert_eq!(read(&[]).unwrap().deputy, "http://localhost:3000");
        for good in ["https://deputy.example/", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert_eq!(read(&[("DEPUTY_URL", good)]).unwrap().deputy, good.trim_end_matches('/'));
        }
        for bad in [
            "http://deputy.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "ftp://localhost",
            "https://",
            "https://deputy.example/path",
            "nothing",
        ] {
            assert!(
                matches!(read(&[("DEPUTY_URL", bad)]), Err(AgentError::Setting { setting: "DEPUTY_URL", .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn ua_24_what_is_missing_is_named() {
        for setting in ["AUTH0_AUDIENCE", "AGENT_CLIENT_ID"] {
            assert!(
                matches!(read(&[(setting, " ")]), Err(AgentError::Setting { setting: named, .. }) if named == setting)
            );
        }
        assert!(matches!(read(&[("AUTH0_DOMAIN", "")]), Err(AgentError::Issuer(_))));
        assert!(matches!(read(&[("AUTH0_ISSUER", "http://tenant.example.com/")]), Err(AgentError::Issuer(_))));
        assert_eq!(
            read(&[("AUTH0_ISSUER", "http://localhost:4400/")]).unwrap().tenant.issuer.as_str(),
            "http://localhost:4400/"
        );
    }
}
