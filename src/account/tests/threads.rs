use super::*;

fn thread(core: &Core<FakeHost>, name: Option<&str>, begin: bool) -> Result<String, Refusal> {
    ask(core, OpenConversation { name: name.map(str::to_owned), begin, title: None, instead_of: None })
        .map(|chat| chat.id)
}

#[test]
fn tv_25_a_new_thread_for_every_request_that_names_none() {
    let core = account(&FakeHost::new(), &[]);
    let (first, second) = (thread(&core, None, true).unwrap(), thread(&core, None, true).unwrap());
    assert_ne!(first, second);
    assert_eq!(thread(&core, Some(&first), true).unwrap(), first, "the id we told names it");
    let named = thread(&core, Some("mine"), true).unwrap();
    assert_ne!(thread(&core, Some("another"), true).unwrap(), named);
    for begin in [true, false] {
        assert_eq!(thread(&core, Some("mine"), begin).unwrap(), named, "it goes on");
    }
    assert_eq!(thread(&core, Some("never heard of"), false).unwrap_err().code, "conversation_unknown");
    assert_eq!(thread(&core, None, false).unwrap_err().status, 404);
    ask(&core, DeleteChat { chat: named.clone() }).unwrap();
    assert_ne!(thread(&core, Some("mine"), true).unwrap(), named, "a deleted one does not come back");
}

/// Issue 13: the calls of a program have a chat with a title, and another one when that is full, once.
#[test]
fn a_named_chat_has_its_title_and_is_replaced_once() {
    let core = account(&FakeHost::new(), &[]);
    let open = |instead_of: Option<&str>| {
        let (name, title) = (Some("mcp:inspector".to_owned()), Some("Calls by inspector".to_owned()));
        ask(&core, OpenConversation { name, begin: true, title, instead_of: instead_of.map(str::to_owned) }).unwrap()
    };
    let first = open(None);
    assert_eq!(first.title, "Calls by inspector");
    assert_eq!(open(None), first);
    let second = open(Some(&first.id));
    assert_ne!(second.id, first.id);
    assert_eq!(open(Some(&first.id)), second, "who comes second finds the new one");
    assert_eq!(open(None), second);
}

#[test]
fn s_07_names_of_conversations_are_the_users_own() {
    let (ana, ben) = (FakeHost::new(), FakeHost::new());
    let (ana, ben) = (account_named(&ana, "ana", &[]), account_named(&ben, "ben", &[]));
    chat(&ben);
    let hers = thread(&ana, Some("demo"), true).unwrap();
    assert_ne!(thread(&ben, Some("demo"), true).unwrap(), hers);
    assert_eq!(thread(&ben, Some(&hers), false).unwrap_err().code, "conversation_unknown");
}

#[test]
fn a_chat_that_was_not_begun_here_is_no_thread() {
    let core = account(&FakeHost::new(), &[]);
    let chat = chat(&core);
    assert_eq!(thread(&core, Some(&chat), false).unwrap_err().code, "conversation_unknown");
    ask(&core, SetTimeZone { time_zone: "Europe/Berlin".to_owned() }).unwrap();
    assert_eq!(thread(&core, Some("Europe/Berlin"), false).unwrap_err().code, "conversation_unknown");
}
