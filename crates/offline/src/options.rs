//! Start options of the offline world.

use std::{ffi::OsString, path::PathBuf};

use rsa::rand_core::RngCore as _;
use url::Url;

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Start the world.
    Run(Box<Options>),
    /// Print the help text.
    Help,
    /// Print the version.
    Version,
}

/// Start options; every one has a default, so that the program runs without any.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port of the Auth0 tenant.
    pub tenant_port: u16,
    /// Port of the provider APIs and their consent pages.
    pub providers_port: u16,
    /// Port of the scripted model.
    pub model_port: u16,
    /// Port of the control API.
    pub control_port: u16,
    /// Port of the FGA service.
    pub fga_port: u16,
    /// Issuer of the tenant, with its trailing slash; the default follows the tenant port.
    pub issuer: String,
    /// Origin of the application, without a trailing slash.
    pub app_base_url: String,
    /// Client id of the web application.
    pub client_id: String,
    /// Client secret of the web application. A development value: it opens nothing but this program.
    pub client_secret: String,
    /// A file with more rules for the scripted model.
    pub script: Option<PathBuf>,
    /// Where the chances of faults with a probability begin; random unless given, and printed.
    pub fault_seed: u64,
    /// No line per request.
    pub quiet: bool,
}

/// A command line that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// An unknown option, or one without its value.
    #[error("{0}")]
    Syntax(#[from] lexopt::Error),
    /// The value does not fit the option.
    #[error("{option} must be {expected}")]
    Value {
        /// The option as typed.
        option: &'static str,
        /// What it takes.
        expected: &'static str,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenant_port: 4400,
            providers_port: 4401,
            model_port: 4402,
            control_port: 4403,
            fga_port: 4404,
            issuer: "http://localhost:4400/".to_owned(),
            app_base_url: "http://localhost:3000".to_owned(),
            client_id: "deputy-offline".to_owned(),
            client_secret: "offline-client-secret-not-a-real-one".to_owned(),
            script: None,
            fault_seed: random_seed(),
            quiet: false,
        }
    }
}

impl Options {
    /// The help text.
    pub const HELP: &str = "\
The offline world of Deputy: an Auth0 tenant, provider APIs, a scripted model and Auth0 FGA.
It listens on loopback addresses only and forgets everything when it stops.

Usage: deputy-offline [options]

  --tenant-port N      port of the tenant                        (default 4400)
  --providers-port N   port of the provider APIs                 (default 4401)
  --model-port N       port of the scripted model                (default 4402)
  --control-port N     port of the control API                   (default 4403)
  --fga-port N         port of the FGA service                   (default 4404)
  --issuer URL         issuer, with a trailing slash             (default http://localhost:{tenant-port}/)
  --app-base-url URL   origin of the application                 (default http://localhost:3000)
  --client-id ID       client id of the application              (default deputy-offline)
  --client-secret S    its secret                                (default: printed in docs/offline.md)
  --script FILE        more rules for the scripted model         (JSON)
  --fault-seed N       seed of faults with a probability         (default: random, in the ready line)
  --quiet              print nothing but the ready line
  --help, --version";

    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// [`OptionsError`] names the option and what it takes.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, OptionsError> {
        use lexopt::prelude::*;
        let mut options = Self::default();
        let mut issuer = None;
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("tenant-port") => options.tenant_port = parser.value()?.parse()?,
                Long("providers-port") => options.providers_port = parser.value()?.parse()?,
                Long("model-port") => options.model_port = parser.value()?.parse()?,
                Long("control-port") => options.control_port = parser.value()?.parse()?,
                Long("fga-port") => options.fga_port = parser.value()?.parse()?,
                Long("issuer") => issuer = Some(issuer_url(&parser.value()?.string()?)?),
                Long("app-base-url") => options.app_base_url = origin(&parser.value()?.string()?)?,
                Long("client-id") => options.client_id = filled("--client-id", parser.value()?.string()?)?,
                Long("client-secret") => options.client_secret = filled("--client-secret", parser.value()?.string()?)?,
                Long("script") => options.script = Some(parser.value()?.into()),
                Long("fault-seed") => options.fault_seed = parser.value()?.parse()?,
                Long("quiet") | Short('q') => options.quiet = true,
                Long("help") | Short('h') => return Ok(Command::Help),
                Long("version") | Short('V') => return Ok(Command::Version),
                other => return Err(other.unexpected().into()),
            }
        }
        options.issuer = issuer.unwrap_or_else(|| format!("http://localhost:{}/", options.tenant_port));
        Ok(Command::Run(Box::new(options)))
    }

    /// Base of the provider double, as the browser reaches it, without a trailing slash.
    #[must_use]
    pub fn providers_base_url(&self) -> String {
        format!("http://localhost:{}", self.providers_port)
    }

    /// Audience of the FGA API, as Auth0 FGA has it: where the API is, with a slash at its end.
    #[must_use]
    pub fn fga_audience(&self) -> String {
        format!("http://localhost:{}/", self.fga_port)
    }

    /// Audience of the My Account API: the issuer and `me/`.
    #[must_use]
    pub fn my_account_audience(&self) -> String {
        format!("{}me/", self.issuer)
    }
}

fn random_seed() -> u64 {
    u64::from(rsa::rand_core::OsRng.next_u32())
}

fn issuer_url(text: &str) -> Result<String, OptionsError> {
    let bad = OptionsError::Value { option: "--issuer", expected: "an http or https URL that ends with a slash" };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && text.ends_with('/') && url.query().is_none() => {
            Ok(text.to_owned())
        }
        _ => Err(bad),
    }
}

fn origin(text: &str) -> Result<String, OptionsError> {
    let bad = OptionsError::Value { option: "--app-base-url", expected: "an http or https origin" };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() => {
            Ok(url.origin().ascii_serialization())
        }
        _ => Err(bad),
    }
}

fn filled(option: &'static str, text: String) -> Result<String, OptionsError> {
    if text.is_empty() { Err(OptionsError::Value { option, expected: "a text that is not empty" }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Command, OptionsError> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn the_issuer_follows_the_tenant_port() {
        let Ok(Command::Run(options)) = parse(&["--tenant-port", "20400"]) else { panic!("must parse") };
        assert_eq!(options.issuer, "http://localhost:20400/");
        assert_eq!(options.my_account_audience(), "http://localhost:20400/me/");
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_with_its_option() {
        for (arguments, named) in [
            (["--issuer", "https://tenant"], "--issuer"),
            (["--app-base-url", "localhost"], "--app-base-url"),
            (["--client-id", ""], "--client-id"),
            (["--tenant-port", "http"], "http"),
            (["--nonsense", "1"], "--nonsense"),
        ] {
            let error = parse(&arguments).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
