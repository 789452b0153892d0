//! The account and the providers: who is connected, with which scopes, and which tokens still count.

use std::collections::{BTreeMap, BTreeSet};

use deputy_agent::{
    Approval, AskApproval, Authority, Credentials, Obtain, Obtained, Problem, Relation, Unrelated, VerifiedUser,
};
use deputy_http::Secret;
use serde::{Deserialize, Serialize};

/// A connected account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connected {
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// Tokens that exchanges give, the first until it is dropped; the last one for ever.
    pub tokens: Vec<String>,
}

/// The user's account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// By connection name.
    pub connected: BTreeMap<String, Connected>,
    /// Tokens that providers answer with 401.
    pub revoked: BTreeSet<String>,
    /// Nothing is handed out: the sentence.
    pub refuses: Option<String>,
    /// No turn may begin: the sentence.
    pub closed: Option<String>,
    /// Calls that wait for a connection whose token was refused.
    pub waits: Vec<(String, String)>,
    /// No session is alive.
    pub signed_out: bool,
    /// Approvals by call id.
    pub approvals: BTreeMap<String, OnDevice>,
    /// Questions that reached the device.
    pub pushes: usize,
    /// Relations in which the user stands: `can_view doc:7`.
    pub relations: BTreeSet<String>,
    /// Nobody can tell who stands in which relation.
    pub fga_down: bool,
    /// Relations that were asked about, and for whom.
    pub checked: Vec<String>,
    /// How often something was asked for.
    pub asked: usize,
    /// How often a token was dropped.
    pub dropped: usize,
}

/// An approval, as the tenant and the account know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDevice {
    /// What it is bound to.
    pub digest: String,
    /// `pending`, `approved`, `denied`, `expired`, `used`.
    pub state: String,
    /// Since when, milliseconds.
    pub since: u64,
}

/// How long the device may be left unanswered, milliseconds.
const DEVICE_MS: u64 = 300_000;

impl Account {
    /// The user is asked on the device: once for each call, until that answer was used.
    pub fn ask_approval(&mut self, ask: &AskApproval, now: u64) -> Approval {
        if self.signed_out {
            return Approval::SessionEnded;
        }
        let known = self.approvals.get(&ask.call.call_id);
        if known.is_none_or(|known| known.state == "used") {
            self.pushes += 1;
            let digest = ask.call.digest.as_str().to_owned();
            let asked = OnDevice { digest, state: "pending".to_owned(), since: now };
            self.approvals.insert(ask.call.call_id.clone(), asked);
        }
        self.poll_approval(&ask.call.call_id, now)
    }

    /// How it stands.
    pub fn poll_approval(&mut self, call_id: &str, now: u64) -> Approval {
        let ended =
            |code: &str, message: &str| Approval::Ended(Problem { code: code.to_owned(), message: message.to_owned() });
        let Some(asked) = self.approvals.get_mut(call_id) else { return ended("unknown", "Nobody was asked.") };
        if asked.state == "pending" && now >= asked.since + DEVICE_MS {
            asked.state = "expired".to_owned();
        }
        match asked.state.as_str() {
            "pending" => Approval::Pending {
                code: "WDJB-MJHT".to_owned(),
                binding_message: "Allow it".to_owned(),
                requested_at: asked.since,
                expires_at: asked.since + DEVICE_MS,
                interval_seconds: 5,
                next_poll_at: now + 5_000,
            },
            "approved" => Approval::Approved,
            "denied" => ended("approval_denied", "The user has denied the request"),
            "expired" => ended("approval_expired", "The request for your approval has expired."),
            other => ended(other, "This was used already."),
        }
    }

    /// The approval is for this call alone, and for nothing once the call has ended.
    fn use_approval(&mut self, ask: &Obtain) -> Result<Secret, Obtained> {
        match self.approvals.get_mut(&ask.call_id) {
            Some(asked)
                if ["approved", "used"].contains(&asked.state.as_str()) && asked.digest == ask.digest.as_str() =>
            {
                asked.state = "used".to_owned();
                Ok(Secret::new("approved token"))
            }
            _ => {
                let message = "This was not approved.".to_owned();
                Err(Obtained::Refused(Problem { code: "approval_missing".to_owned(), message }))
            }
        }
    }

    /// Whose session it is.
    pub fn user(&self) -> Option<VerifiedUser> {
        let ada =
            VerifiedUser { subject: "user|1".to_owned(), name: Some("Ada".to_owned()), ..VerifiedUser::default() };
        (!self.signed_out).then_some(ada)
    }

    /// Whether the user stands in the relation.
    pub fn check_relation(&mut self, user: &VerifiedUser, relation: &Relation) -> Result<(), Unrelated> {
        let asked = format!("{} {}", relation.relation, relation.object);
        self.checked.push(format!("{} {asked}", user.subject));
        if self.fga_down {
            return Err(Unrelated::Unchecked);
        }
        if self.relations.contains(&asked) { Ok(()) } else { Err(Unrelated::Denied) }
    }

    /// What a call gets.
    pub fn obtain(&mut self, ask: &Obtain) -> Obtained {
        self.asked += 1;
        if let Some(message) = &self.refuses {
            return Obtained::Refused(Problem { code: "refused".to_owned(), message: message.clone() });
        }
        let needs = |a: &Authority| !matches!(a, Authority::None | Authority::Confirmation);
        if self.signed_out && ask.authority.iter().any(needs) {
            return Obtained::SessionEnded;
        }
        let mut credentials = Credentials::default();
        for authority in &ask.authority {
            match authority {
                Authority::Vault { connection, scopes } => {
                    let granted = self.connected.get(connection);
                    let has = |scope: &&String| granted.is_some_and(|granted| granted.scopes.contains(scope));
                    let missing: Vec<String> = scopes.iter().filter(|scope| !has(scope)).cloned().collect();
                    match granted {
                        Some(granted) if missing.is_empty() => {
                            let token = Secret::new(granted.tokens.first().unwrap());
                            credentials.vault.push((connection.clone(), token));
                        }
                        _ => {
                            let (connection, required) = (connection.clone(), scopes.clone());
                            return Obtained::NeedsConnection { connection, missing, required };
                        }
                    }
                }
                Authority::Session => credentials.session = Some(Secret::new("session token")),
                Authority::None | Authority::Confirmation | Authority::Approval { .. } | Authority::Relation(_) => {}
            }
        }
        if ask.authority.iter().any(|authority| matches!(authority, Authority::Approval { .. })) {
            match self.use_approval(ask) {
                Ok(token) => credentials.approval = Some(token),
                Err(refused) => return refused,
            }
        }
        Obtained::Granted(credentials)
    }

    /// A token is not handed out again.
    pub fn drop_token(&mut self, connection: &str) {
        self.dropped += 1;
        if let Some(connected) = self.connected.get_mut(connection)
            && connected.tokens.len() > 1
        {
            connected.tokens.remove(0);
        }
    }
}
