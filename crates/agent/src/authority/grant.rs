use deputy_http::Secret;

/// The credentials of one call: the user's own token and provider tokens. Lives in memory for the length of the call.
#[derive(Debug)]
pub struct Grant {
    session: Option<Secret>,
    vault: Vec<(String, Secret)>,
    approval: Option<Secret>,
}

impl Grant {
    /// Only the engine makes grants: out of what the account object handed over.
    pub(crate) fn mint(credentials: Credentials) -> Self {
        Self { session: credentials.session, vault: credentials.vault, approval: credentials.approval }
    }

    /// The user's own access token, if the tool declared [`super::Authority::Session`].
    pub fn session(&self) -> Option<&Secret> {
        self.session.as_ref()
    }

    /// The provider's token, if the tool declared [`super::Authority::Vault`] for that connection.
    pub fn vault(&self, connection: &str) -> Option<&Secret> {
        token_of(&self.vault, connection)
    }

    /// The token that the user's yes on the device gave, if the call needed one (AA-04). It was given for this call alone.
    pub fn approval(&self) -> Option<&Secret> {
        self.approval.as_ref()
    }
}

/// What the driver received from the account object; worthless until the engine turns it into a [`Grant`].
#[derive(Debug, Default)]
pub struct Credentials {
    /// The user's own access token.
    pub session: Option<Secret>,
    /// Provider tokens with the names of their connections.
    pub vault: Vec<(String, Secret)>,
    /// The token of the approval.
    pub approval: Option<Secret>,
}

/// The token of a connection.
pub(crate) fn token_of<'a>(vault: &'a [(String, Secret)], connection: &str) -> Option<&'a Secret> {
    vault.iter().find(|(name, _)| name == connection).map(|(_, token)| token)
}
