//! What users answer: the consent pages of providers, requests for an approval, and the codes of devices.

use serde_json::Value;
use url::Url;

use super::{
    ApprovalDecision, ApprovalRequest, ApprovalState, AttemptState, ConsentRequest, Decision, DeviceRequest, World,
    random_id, same_code,
};

impl World {
    /// The question behind a ticket; `None` when the ticket is unknown, expired or answered.
    #[must_use]
    pub fn consent_ticket(&self, ticket: &str) -> Option<ConsentRequest> {
        let now = self.now_ms();
        let state = self.state();
        let attempt = state.attempts.iter().find(|attempt| attempt.ticket == ticket)?;
        if attempt.expires_at <= now || attempt.state != AttemptState::AtProvider {
            return None;
        }
        let client_name = state
            .directory
            .clients
            .iter()
            .find(|client| client.client_id == attempt.client_id)
            .map_or_else(|| attempt.client_id.clone(), |client| client.name.clone());
        Some(ConsentRequest {
            connection: attempt.connection.clone(),
            scopes: attempt.scopes.clone(),
            user_id: attempt.user_id.clone(),
            login_hint: attempt.authorization_params.get("login_hint").and_then(Value::as_str).map(str::to_owned),
            authorization_params: attempt.authorization_params.clone(),
            client_name,
        })
    }

    /// Records the user's answer, once, and gives the address at the tenant to which the browser goes next.
    /// `None` when the ticket is unknown, expired or answered.
    #[must_use]
    pub fn decide_consent(&self, ticket: &str, decision: Decision) -> Option<String> {
        let now = self.now_ms();
        let mut callback = Url::parse(&format!("{}login/callback", self.options().issuer)).ok()?;
        let mut state = self.state();
        let attempt = state.attempts.iter_mut().find(|attempt| attempt.ticket == ticket)?;
        if attempt.expires_at <= now || attempt.state != AttemptState::AtProvider {
            return None;
        }
        // The provider's own code: the tenant's callback accepts the answer only with it.
        let code = random_id(24);
        callback
            .query_pairs_mut()
            .append_pair("ticket", ticket)
            .append_pair("decision", if decision == Decision::Deny { "deny" } else { "allow" })
            .append_pair("code", &code);
        attempt.state = AttemptState::Decided { code, decision };
        Some(callback.into())
    }

    /// Every backchannel request since the last reset, oldest first.
    #[must_use]
    pub fn approvals(&self) -> Vec<ApprovalRequest> {
        self.state().approvals.backchannel.clone()
    }

    /// Every device request since the last reset, oldest first.
    #[must_use]
    pub fn device_requests(&self) -> Vec<DeviceRequest> {
        self.state().approvals.devices.clone()
    }

    /// Answers a backchannel request, once. `None` when it is unknown, expired or answered.
    #[must_use]
    pub fn decide_approval(&self, id: &str, decision: ApprovalDecision) -> Option<ApprovalRequest> {
        let now = self.now_ms();
        let mut state = self.state();
        let request = state.approvals.backchannel.iter_mut().find(|request| request.id == id)?;
        let open = matches!(request.state, ApprovalState::Pending | ApprovalState::Ignored);
        if !open || request.expires_at <= now {
            return None;
        }
        request.state = decision.state();
        Some(request.clone())
    }

    /// Answers a device request for a user, once. `None` when it is unknown, expired or answered.
    #[must_use]
    pub fn decide_device(&self, user_code: &str, user_id: &str, sid: &str, decision: ApprovalDecision) -> Option<()> {
        let now = self.now_ms();
        let mut state = self.state();
        let request = state.approvals.devices.iter_mut().find(|request| same_code(&request.user_code, user_code))?;
        if request.state != ApprovalState::Pending || request.expires_at <= now {
            return None;
        }
        request.state = decision.state();
        request.user_id = Some(user_id.to_owned());
        request.sid = Some(sid.to_owned());
        Some(())
    }
}
