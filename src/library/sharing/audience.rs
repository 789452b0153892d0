use std::collections::{BTreeMap, BTreeSet, HashSet};

use deputy_fga::tuple::User;
use deputy_fga::{CheckRequest, Checker as _, FgaError, Leaf, NodeValue};

use super::share::EVERYBODY;
use crate::library::access::Asker;
use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::requests::{Audience, Viewer, WhoCanSee};
use crate::library::rights::{OWNER, RightsError, VIEWER, allowed};
use crate::objects::Refusal;

/// The most steps from a document to whoever sees it.
const MOST_STEPS: usize = 200;

impl Answer for WhoCanSee {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Audience, Refusal> {
        let asker = library.asker(&self.who).await?;
        let object = library.own_object(&asker, self.kind, &self.id).await?;
        let mut search = Search { library, asker, object, users: BTreeMap::new(), addresses: BTreeMap::new() };
        search.go().await?;
        search.audience().await
    }
}

/// Everybody who sees something, by following how the relation comes about.
struct Search<'a, P> {
    library: &'a Core<P>,
    /// Who asks.
    asker: Asker,
    /// What it is about.
    object: String,
    /// Users, and why.
    users: BTreeMap<User, BTreeSet<String>>,
    /// E-mail addresses, and why: the same whether or not somebody came with one.
    addresses: BTreeMap<String, BTreeSet<String>>,
}

impl<P: Ports> Search<'_, P> {
    async fn go(&mut self) -> Result<(), Refusal> {
        let mut open = vec![(self.object.clone(), self.library.settings.fga.relation.clone())];
        let mut seen = HashSet::new();
        while let Some((object, relation)) = open.pop() {
            if !seen.insert((object.clone(), relation.clone())) {
                continue;
            }
            if seen.len() > MOST_STEPS {
                return Err(RightsError::from(FgaError::TooComplex).into());
            }
            let tree = self.library.rights.expand(&object, &relation).await?;
            let mut nodes = vec![tree.root.value];
            while let Some(node) = nodes.pop() {
                match node {
                    NodeValue::Union { nodes: parts } | NodeValue::Intersection { nodes: parts } => {
                        nodes.extend(parts.into_iter().map(|part| part.value));
                    }
                    // Whoever is taken away again fails the check at the end.
                    NodeValue::Difference { base, .. } => nodes.push(base.value),
                    NodeValue::Leaf(Leaf::Users { users }) => open.extend(self.found(&object, &relation, users)?),
                    NodeValue::Leaf(Leaf::Computed { userset }) => open.extend(split(&userset)),
                    NodeValue::Leaf(Leaf::TupleToUserset { computed, .. }) => {
                        open.extend(computed.iter().filter_map(|one| split(&one.userset)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes users who have a relation directly; gives the usersets among them, to be followed.
    fn found(&mut self, object: &str, relation: &str, users: Vec<User>) -> Result<Vec<(String, String)>, Refusal> {
        let why = self.why(object, relation)?;
        let mut bound = HashSet::new();
        if relation == VIEWER {
            for share in self.library.shares_of(object)?.into_iter().filter(|share| share.shared_with != EVERYBODY) {
                bound.extend(share.bound_to);
                self.addresses.entry(share.shared_with).or_default().insert(why.clone());
            }
        }
        let mut usersets = Vec::new();
        for user in users {
            match user {
                User::Userset(object, relation) => usersets.push((object.to_string(), relation.to_string())),
                user if bound.contains(&user.to_string()) => {}
                user => {
                    self.users.entry(user).or_default().insert(why.clone());
                }
            }
        }
        Ok(usersets)
    }

    /// A reason in words. Of what does not belong to whoever asks, no title is told.
    fn why(&self, object: &str, relation: &str) -> Result<String, Refusal> {
        if object == self.object {
            return Ok(match relation {
                OWNER => "owner".to_owned(),
                VIEWER => "shared with".to_owned(),
                other => format!("has the relation {other}"),
            });
        }
        let own = "SELECT title AS value FROM folders WHERE id = ? AND owner = ?";
        let id = object.split_once(':').map(|(_, id)| id).unwrap_or_default();
        let title = self.library.ports.text(own, &[id.into(), self.asker.subject().into()])?;
        let place = title.map_or_else(|| object.to_owned(), |title| format!("the folder “{title}”"));
        Ok(match relation {
            OWNER => format!("owner of {place}"),
            VIEWER => format!("{place} is shared with"),
            other => format!("has the relation {other} to {place}"),
        })
    }

    /// Whoever sees it by the rules and by a check: an exclusion, or a condition, may have taken somebody away again.
    async fn audience(self) -> Result<Audience, Refusal> {
        let relation = &self.library.settings.fga.relation;
        let questions: Vec<_> =
            self.users.keys().map(|user| CheckRequest::new(user.to_string(), relation, &self.object)).collect();
        let mut decisions = self.library.rights.check(&questions).await.into_iter();
        let mut people = Vec::new();
        for (user, why) in self.users {
            if allowed(decisions.next())? {
                let (rank, who) = match user {
                    User::Wildcard(_) => (1, "Everybody".to_owned()),
                    user if user.to_string() == self.asker.user() => (0, "You".to_owned()),
                    user => (2, user.to_string()),
                };
                people.push((rank, Viewer { who, why: why.into_iter().collect() }));
            }
        }
        people.extend(self.addresses.into_iter().map(|(who, why)| (2, Viewer { who, why: why.into_iter().collect() })));
        people.sort_by(|(left, one), (right, other)| (left, &one.who).cmp(&(right, &other.who)));
        Ok(Audience { people: people.into_iter().map(|(_, viewer)| viewer).collect() })
    }
}

/// `folder:plans#can_view`
fn split(userset: &str) -> Option<(String, String)> {
    userset.rsplit_once('#').map(|(object, relation)| (object.to_owned(), relation.to_owned()))
}
