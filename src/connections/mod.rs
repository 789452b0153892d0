//! What the Worker has to know about single connections: next to nothing, because the tenant decides which there are (IN-04).
//! Names, scopes in words and set-up notes are in `registry.json`, for the client and the documentation; so are the providers
//! whose APIs the tools call ([`Providers`]).

mod providers;

pub use providers::{ApiSettings, ProviderSettings, Providers, SettingsSource, TokenPlace};

/// Connection, parameter, value.
const PARAMETERS: [(&str, &str, &str); 1] = [("freshbooks", "prompt", "login")];

/// What a provider's consent is asked for with, unless somebody asks otherwise (TV-18).
pub fn authorization_parameters(connection: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let wanted = move |(name, ..): &&(&str, &str, &str)| *name == connection;
    PARAMETERS.iter().filter(wanted).map(|(_, parameter, value)| (*parameter, *value))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// IN-19: what the registry says about parameters is what the Worker does, for every connection.
    #[test]
    fn in_19_the_parameters_are_those_of_the_registry() {
        let registry: Value = serde_json::from_str(include_str!("registry.json")).unwrap();
        let mut written = Vec::new();
        for integration in registry["integrations"].as_array().unwrap() {
            let setup = &registry["setup"][integration["id"].as_str().unwrap()];
            for (name, value) in setup["authorization_parameters"].as_object().into_iter().flatten() {
                let connection = integration["connections"][0].as_str().unwrap();
                written.push((connection, name.as_str(), value.as_str().unwrap()));
            }
        }
        assert_eq!(written, PARAMETERS);
        assert_eq!(authorization_parameters("freshbooks").collect::<Vec<_>>(), [("prompt", "login")]);
        assert_eq!(authorization_parameters("anything-else").count(), 0);
    }
}
