use deputy_agent::VerifiedUser;

/// Name of the library of the tenant.
pub const TENANT: &str = "tenant";

/// Name of the library of somebody: of the organisation they are signed in to, else of the tenant. No organisation's library can have the
/// tenant's name.
pub fn library_of(user: &VerifiedUser) -> String {
    user.organization.as_ref().map_or_else(|| TENANT.to_owned(), |organization| format!("org:{organization}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn name(claims: &Value) -> String {
        library_of(&VerifiedUser::of("auth0|ana", claims.as_object().unwrap()))
    }

    #[test]
    fn every_organization_has_its_own_library() {
        assert_eq!(name(&json!({ "sub": "auth0|ana" })), "tenant");
        assert_eq!(name(&json!({ "org_id": "org_1" })), "org:org_1");
        assert_eq!(name(&json!({ "org_id": "tenant" })), "org:tenant");
        for odd in [json!(""), json!(null), json!(7)] {
            assert_eq!(name(&json!({ "org_id": odd })), "tenant");
        }
    }
}
