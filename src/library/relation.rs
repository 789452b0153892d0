use deputy_fga::{CheckRequest, Checker as _, Decision};

use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{CheckRelation, RelationChecked};
use crate::objects::Refusal;

impl Answer for CheckRelation {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<RelationChecked, Refusal> {
        let asker = library.asker(&self.who).await?;
        let question =
            CheckRequest { context: self.context, ..CheckRequest::new(asker.user(), self.relation, self.object) };
        let decision = library.rights.check(&[question]).await.into_iter().next();
        Ok(RelationChecked {
            allowed: decision.as_ref().is_some_and(Decision::is_allowed),
            unchecked: decision.is_none_or(|decision| decision.error().is_some()),
        })
    }
}
