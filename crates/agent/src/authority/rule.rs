use super::digest::Digest;
use super::kinds::{Authority, Effect};
use super::permit::Permit;
use super::relation::{Related, Relation, Unrelated};

/// What the user has said to exactly this call, so far, and what is known of the relations that it declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Yes in the chat.
    pub confirmed: bool,
    /// Yes on a trusted device.
    pub approved: bool,
    /// The very same was done before: doing it once more takes a yes, whatever the tool declares.
    pub again: bool,
    /// Whether the user stands in the declared relations.
    pub related: Related,
}

/// What has to be true before a call may run, after policy: the declared authority is a floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The call may run with these credentials.
    Permitted(Permit),
    /// The user must say yes in the chat first.
    Confirm,
    /// The user must say yes on a trusted device first.
    Approve,
    /// It does not run: the user does not stand in a relation that it needs, or nobody could tell.
    Refused(Unrelated),
}

/// The default rule, in one place: without the declared relations nothing runs and nobody is asked; reading runs, everything else asks
/// in the chat; spending and tools that declare [`Authority::Approval`] ask on the device. Policy may raise what a tool declares,
/// never lower it.
pub fn rule(effect: Effect, declared: &[Authority], digest: &Digest, answers: Answers) -> Ruling {
    match answers.related {
        Related::Refused(why) => return Ruling::Refused(why),
        Related::Unasked if relations(declared).next().is_some() => return Ruling::Refused(Unrelated::Unchecked),
        Related::Unasked | Related::Allowed => {}
    }
    let approve = needs_approval(effect, declared);
    let confirm = declared.contains(&Authority::Confirmation)
        || ((matches!(effect, Effect::Writes | Effect::Sends) || answers.again) && !approve);
    if confirm && !answers.confirmed {
        Ruling::Confirm
    } else if approve && !answers.approved {
        Ruling::Approve
    } else {
        Ruling::Permitted(Permit::mint(digest))
    }
}

/// What a call needs after the rule: a tool that spends and declares no approval needs one all the same.
pub(crate) fn effective(tool: &str, effect: Effect, mut declared: Vec<Authority>) -> Vec<Authority> {
    let said = declared.iter().any(|authority| matches!(authority, Authority::Approval { .. }));
    if needs_approval(effect, &declared) && !said {
        declared.push(Authority::Approval {
            audience: String::new(),
            scopes: Vec::new(),
            binding_message: format!("Allow {tool}"),
            requested_expiry: None,
        });
    }
    declared
}

/// The relations among what is declared.
pub(crate) fn relations(declared: &[Authority]) -> impl Iterator<Item = &Relation> {
    declared.iter().filter_map(|authority| match authority {
        Authority::Relation(relation) => Some(relation),
        _ => None,
    })
}

fn needs_approval(effect: Effect, declared: &[Authority]) -> bool {
    effect == Effect::Spends || declared.iter().any(|authority| matches!(authority, Authority::Approval { .. }))
}
