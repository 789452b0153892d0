use super::*;

fn check(library: &Core<Host>, who: &str, relation: &str, object: &str) -> (bool, bool) {
    let request = CheckRelation {
        who: person(who),
        relation: relation.to_owned(),
        object: object.to_owned(),
        context: json!({ "ip": "10.0.0.1" }).as_object().cloned(),
    };
    let RelationChecked { allowed, unchecked } = ask(library, request).unwrap();
    (allowed, unchecked)
}

/// SD-10: the relation that a tool asks for; what cannot be checked is not allowed.
#[test]
fn sd_10_a_relation_is_checked_for_whoever_asks() {
    let host = Host::new();
    let library = library(&host);
    let id = add(&library, "ana", "Plans", "Text.", None);
    let object = format!("doc:{id}");
    assert_eq!(check(&library, "ana", "owner", &object), (true, false));
    assert_eq!(check(&library, "ana", "can_view", &object), (true, false));
    assert_eq!(check(&library, "ben", "can_view", &object), (false, false));
    assert_eq!(check(&library, "ana", "can_view", "doc:nothing"), (false, false));
    for (relation, object) in
        [("can_fly", object.as_str()), ("owner", "robot:x"), ("owner", ""), ("", "doc:x"), ("owner", "x")]
    {
        assert_eq!(check(&library, "ana", relation, object), (false, true), "{relation} {object}");
    }
}

#[test]
fn sd_10_what_a_service_does_not_answer_is_not_allowed() {
    let host = Host::new();
    let library = library_with(&host, &SERVICE);
    assert_eq!(check(&library, "ana", "can_use", "tool:shop"), (false, true), "nobody there");
    host.fake.world(|_| json_answer(500, &json!({ "code": "internal_error", "message": "no" })));
    assert_eq!(check(&library, "ana", "can_use", "tool:shop"), (false, true));
    host.fake.world(service(|user, relation, object| {
        (user, relation, object) == ("user:auth0|ana", "can_use", "tool:shop")
    }));
    assert_eq!(check(&library, "ana", "can_use", "tool:shop"), (true, false));
    assert_eq!(check(&library, "ben", "can_use", "tool:shop"), (false, false));
    assert!(host.fake.sent("10.0.0.1").len() >= 3, "the context goes along");
}
