/// The endpoints of the façade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacadeRoute {
    /// `/.well-known/oauth-authorization-server`
    Metadata,
    /// `/authorize`
    Authorize,
    /// `/token`
    Token,
    /// `/register`
    Register,
}
