use deputy_fga::{CheckRequest, Checker as _};

use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{CheckRelation, RelationChecked};
use super::rights::allowed;
use crate::objects::Refusal;

impl Answer for CheckRelation {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<RelationChecked, Refusal> {
        let asker = library.asker(&self.who).await?;
        let question =
            CheckRequest { context: self.context, ..CheckRequest::new(asker.user(), self.relation, self.object) };
        let answer = allowed(library.rights.check(&[question]).await.into_iter().next());
        Ok(RelationChecked { allowed: answer == Ok(true), unchecked: answer.is_err() })
    }
}
