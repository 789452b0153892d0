use super::service::{SETTINGS, Service, refusal};
use super::*;

fn audience(library: &Core<FakeHost>, id: &str) -> Vec<(String, Vec<String>)> {
    let audience =
        ask(library, WhoCanSee { who: person("ana"), kind: kind_of(library, id), id: id.to_owned() }).unwrap();
    audience.people.into_iter().map(|viewer| (viewer.who, viewer.why)).collect()
}

fn row(who: &str, why: &[&str]) -> (String, Vec<String>) {
    (who.to_owned(), why.iter().map(|one| (*one).to_owned()).collect())
}

fn scene(library: &Core<FakeHost>) -> String {
    let plans = folder(library, "ana", "Plans", None);
    add(library, "ana", "plan", Some(&plans)).unwrap();
    share(library, "ana", "plan", email("bo@example.com")).unwrap();
    share(library, "ana", &plans, email("bo@example.com")).unwrap();
    share(library, "ana", &plans, email("cy@example.com")).unwrap();
    plans
}

/// Everybody who sees it, each once, with every reason in words.
#[test]
fn rg_12_who_can_see_and_why() {
    let service_host = FakeHost::new();
    let _service = Service::of(&service_host);
    for (host, settings) in [(FakeHost::new(), [].as_slice()), (service_host, SETTINGS)] {
        let library = library(&host, settings);
        let plans = scene(&library);
        let me = row("You", &["owner", "owner of the folder “Plans”"]);
        let bo = row("bo@example.com", &["shared with", "the folder “Plans” is shared with"]);
        let cy = row("cy@example.com", &["the folder “Plans” is shared with"]);
        assert_eq!(audience(&library, "plan"), [me.clone(), bo.clone(), cy.clone()]);
        assert!(sees(&library, "bo", "plan") && sees(&library, "cy", "plan"));
        assert_eq!(audience(&library, "plan"), [me.clone(), bo.clone(), cy.clone()], "whoever came");
        share(&library, "ana", "plan", ShareWith::Everybody).unwrap();
        assert_eq!(audience(&library, "plan"), [me, row("Everybody", &["shared with"]), bo, cy]);
        let both = [row("bo@example.com", &["shared with"]), row("cy@example.com", &["shared with"])];
        assert_eq!(audience(&library, &plans), [[row("You", &["owner"])].as_slice(), &both].concat());
    }
}

/// RG-18: a model of one's own, with groups and an exclusion: users that the library never wrote are named, one that is excluded is not.
#[test]
fn rg_18_who_can_see_by_a_model_of_ones_own() {
    let model = "model\n  schema 1.1\n\ntype user\n\ntype group\n  relations\n    define member: [user]\n\ntype folder\n  relations\n    define owner: [user]\n    define viewer: [user, user:*]\n    define parent: [folder]\n\ntype doc\n  relations\n    define owner: [user]\n    define viewer: [user, user:*, group#member]\n    define blocked: [user]\n    define parent: [folder]\n    define can_view: (owner or viewer) but not blocked\n";
    let host = FakeHost::new();
    let service = Service::with_model(&host, model);
    let library = library(&host, SETTINGS);
    add(&library, "ana", "plan", None).unwrap();
    service.write("group:hr#member", "viewer", "doc:plan");
    service.write("user:auth0|bo", "member", "group:hr");
    service.write("user:auth0|cy", "member", "group:hr");
    service.write("user:auth0|cy", "blocked", "doc:plan");
    assert!(sees(&library, "bo", "plan") && !sees(&library, "cy", "plan"));
    let bo = row("user:auth0|bo", &["has the relation member to group:hr"]);
    assert_eq!(audience(&library, "plan"), [row("You", &["owner"]), bo]);
}

/// A list that may lack somebody is none.
#[test]
fn who_can_see_is_not_answered_in_part() {
    let host = FakeHost::new();
    host.let_sleeps_pass();
    let service = Service::of(&host);
    let library = library(&host, SETTINGS);
    scene(&library);
    service.trouble(|path, body| {
        let folder = body["tuple_key"]["object"].as_str().is_some_and(|object| object.starts_with("folder:"));
        (path == "expand" && folder).then(|| Ok(refusal(500, "internal_error")))
    });
    let answer =
        ask(&library, WhoCanSee { who: person("ana"), kind: kind_of(&library, "plan"), id: "plan".to_owned() });
    assert_eq!(refused(answer), code(503, "fga_down"));
}
