//! A model as JSON.

use deputy_fga::TypeSystem;
use deputy_fga::dsl::{Sources, parse, print};
use deputy_fga::model::AuthorizationModel;

pub fn run(text: &str) {
    let Ok(model) = serde_json::from_str::<AuthorizationModel>(text) else { return };
    let written = serde_json::to_value(&model);
    assert_eq!(written.and_then(serde_json::from_value::<AuthorizationModel>).ok().as_ref(), Some(&model));
    let printed = print(&model, Sources::Hidden);
    let Ok(system) = TypeSystem::new(model) else { return };
    // The names of a valid model are words of the language, or nearly: what it has no words for is refused by one side, never misread.
    let Some(again) = printed.ok().and_then(|printed| parse(&printed).ok()) else { return };
    if let Ok(again) = TypeSystem::new(again.to_model()) {
        let relations = |system: &TypeSystem| -> Vec<_> {
            let types = &system.model().type_definitions;
            types.iter().map(|found| (found.type_name.clone(), found.relations.len())).collect()
        };
        assert_eq!(relations(&again), relations(&system));
    }
}
