use deputy_auth0::{Endpoints, Issuer, ResourceServer};

use crate::error::ApiError;

/// What the API is told from outside.
#[derive(Debug)]
pub struct Settings {
    /// Which tokens are accepted: of `AUTH0_DOMAIN` (or `AUTH0_ISSUER`), for `API_AUDIENCE`, of every client.
    pub resource_server: ResourceServer,
    /// Where the tenant's keys are.
    pub endpoints: Endpoints,
}

impl Settings {
    /// Reads them. `DEPUTY_DEV` allows a tenant on this machine by plain http.
    pub fn read(source: impl Fn(&str) -> Option<String>) -> Result<Self, ApiError> {
        let get = |name: &str| source(name).filter(|value| !value.trim().is_empty());
        let issuer = match get("AUTH0_ISSUER") {
            Some(url) => Issuer::parse(&url, get("DEPUTY_DEV").as_deref() == Some("1")),
            None => Issuer::from_domain(&get("AUTH0_DOMAIN").unwrap_or_default()),
        };
        let issuer = issuer.map_err(|_| ApiError::Setting("AUTH0_DOMAIN"))?;
        let audience = get("API_AUDIENCE").ok_or(ApiError::Setting("API_AUDIENCE"))?;
        let endpoints = Endpoints::auth0(&issuer);
        Ok(Self { resource_server: ResourceServer { issuer, audience, allowed_clients: None }, endpoints })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Settings, ApiError> {
        Settings::read(|name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_is_assumed() {
        let all = [("AUTH0_DOMAIN", "tenant.example"), ("API_AUDIENCE", "http://localhost:8787/")];
        let settings = read(&all).unwrap();
        assert_eq!(settings.resource_server.audience, "http://localhost:8787/", "its slash is part of an identifier");
        assert_eq!(settings.endpoints.jwks, "https://tenant.example/.well-known/jwks.json");
        assert_eq!(read(&all[..1]).unwrap_err(), ApiError::Setting("API_AUDIENCE"));
        assert_eq!(read(&all[1..]).unwrap_err(), ApiError::Setting("AUTH0_DOMAIN"));
        let plain = [("AUTH0_ISSUER", "http://localhost:4400/"), all[1]];
        assert_eq!(read(&plain).unwrap_err(), ApiError::Setting("AUTH0_DOMAIN"));
        assert!(read(&[plain[0], plain[1], ("DEPUTY_DEV", "1")]).is_ok());
    }
}
