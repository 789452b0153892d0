/// What a caller's token grants.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// Claim `scope`: what the client asked for and got.
    pub scopes: &'a [String],
    /// Claim `permissions`: what the user's roles allow at all. None where the API has no role-based access control.
    pub permissions: Option<&'a [String]>,
}

/// Whether somebody may use what has its own scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Allowed,
    /// Not with this token, but a new one can be asked for with these scopes: what is needed, and what was granted before, so that
    /// a client that asks for exactly these loses nothing. Status 403, `insufficient_scope`.
    StepUp(Vec<String>),
    /// No, and no token of this user would do: a role is missing. It is not shown, because asking for more scopes would never end.
    Hidden,
}

impl Access {
    /// True for what a list of tools shows.
    pub fn is_listed(&self) -> bool {
        *self != Self::Hidden
    }
}

/// The table of MC-07: what needs no scope is open to everybody; else the token needs every scope and, where it says what the user's
/// roles allow, every permission of the same name.
///
/// | scope | permission | claim `permissions` | |
/// |---|---|---|---|
/// | granted | granted | there | allowed |
/// | granted | – | not there | allowed |
/// | missing | granted | there | step-up |
/// | missing | – | not there | step-up |
/// | any | missing | there | hidden |
pub fn decide(required: &[&str], granted: Granted<'_>) -> Access {
    let has = |list: &[String], scope: &str| list.iter().any(|held| held == scope);
    if granted.permissions.is_some_and(|held| required.iter().any(|scope| !has(held, scope))) {
        return Access::Hidden;
    }
    if required.iter().all(|scope| has(granted.scopes, scope)) {
        return Access::Allowed;
    }
    let mut all = granted.scopes.to_vec();
    for scope in required {
        if !has(&all, scope) {
            all.push((*scope).to_owned());
        }
    }
    Access::StepUp(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(required: &[&str], scopes: &[&str], permissions: Option<&[&str]>) -> Access {
        let own = |list: &[&str]| list.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        let (scopes, permissions) = (own(scopes), permissions.map(own));
        decide(required, Granted { scopes: &scopes, permissions: permissions.as_deref() })
    }

    fn step_up(scopes: &[&str]) -> Access {
        Access::StepUp(scopes.iter().map(|scope| (*scope).to_owned()).collect())
    }

    #[test]
    fn mc_08_what_needs_nothing_is_open_to_every_token() {
        for permissions in [None, Some(&[][..]), Some(&["tool:greet"][..])] {
            assert_eq!(decided(&[], &[], permissions), Access::Allowed, "{permissions:?}");
        }
    }

    #[test]
    fn mc_07_scope_and_permission_both() {
        let greet = &["tool:greet"][..];
        for (scopes, permissions, expected) in [
            (greet, Some(greet), Access::Allowed),
            (greet, None, Access::Allowed),
            (&[], Some(greet), step_up(greet)),
            (&[], None, step_up(greet)),
            (greet, Some(&[][..]), Access::Hidden),
            (&[], Some(&["tool:whoami"][..]), Access::Hidden),
            (&["tool:gree"], Some(greet), step_up(&["tool:gree", "tool:greet"])),
        ] {
            let access = decided(greet, scopes, permissions);
            assert_eq!(access.is_listed(), expected != Access::Hidden);
            assert_eq!(access, expected, "{scopes:?} {permissions:?}");
        }
    }

    #[test]
    fn a_step_up_names_what_was_granted_too() {
        let both = ["tool:whoami", "tool:greet"];
        assert_eq!(decided(&both, &["openid", "tool:greet"], None), step_up(&["openid", "tool:greet", "tool:whoami"]));
        assert_eq!(decided(&both, &both, Some(&both[..1])), Access::Hidden);
    }
}
