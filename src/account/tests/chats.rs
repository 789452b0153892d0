use super::*;

fn list(core: &Core<FakeHost>, limit: Option<u32>, before: Option<u64>, query: Option<&str>) -> Vec<String> {
    let call = ListChats { limit, before, query: query.map(str::to_owned) };
    let rows = ask(core, call).unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

fn rename(core: &Core<FakeHost>, chat: &str, title: &str, automatic: bool) -> Result<String, Refusal> {
    ask(core, RenameChat { chat: chat.to_owned(), title: title.to_owned(), automatic }).map(|chat| chat.title)
}

#[test]
fn s_18_the_list_is_complete_newest_first_and_pages() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let mut made: Vec<_> = (0..5).map(|_| chat(&core)).collect();
    made.reverse();
    assert_eq!(list(&core, None, None, None), made, "also within one millisecond");
    let page = list(&core, Some(2), None, None);
    assert_eq!(page, made[..2]);
    let rows = ask(&core, ListChats { limit: Some(2), before: None, query: None }).unwrap();
    let before = Some(rows[1].created_at);
    assert_eq!(list(&core, Some(9), before, None), made[2..]);
    assert_eq!(list(&core, Some(0), None, None).len(), 1, "a limit of nothing is the smallest one");
}

#[test]
fn titles_are_cleaned_and_the_users_choice_stays() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    assert_eq!(rename(&core, &chat, "Made by the agent", true).unwrap(), "Made by the agent");
    assert!(host.take_told().is_empty(), "the chat knows its own title");
    assert_eq!(rename(&core, &chat, "  My\n\u{7}own  ", false).unwrap(), "My own");
    assert_eq!(host.take_told().len(), 1);
    assert_eq!(rename(&core, &chat, "Agent again", true).unwrap(), "My own");
    assert_eq!(rename(&core, &chat, &"x".repeat(500), false).unwrap().len(), 120);
    assert_eq!(rename(&core, &chat, " \n", false).unwrap_err().status, 400);
    assert_eq!(list(&core, None, None, Some("XXX")), [chat]);
    assert!(list(&core, None, None, Some("100%")).is_empty());
}

#[test]
fn s_19_unknown_chats_are_404_and_deleted_ones_are_unknown() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    assert_eq!(rename(&core, "nope", "x", false).unwrap_err().status, 404);
    let chat = chat(&core);
    let owns = |chat: &str| ask(&core, OwnsChat { chat: chat.to_owned() }).unwrap();
    assert!(owns(&chat) && !owns("nope"));
    ask(&core, DeleteChat { chat: chat.clone() }).unwrap();
    assert!(!owns(&chat));
    assert_eq!(ask(&core, DeleteChat { chat }).unwrap_err().status, 404);
}

#[test]
fn schedules_are_replaced_per_chat_and_gone_with_it() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let (one, two) = (chat(&core), chat(&core));
    let index = |chat: &str, schedules: Vec<ScheduleSummary>| {
        ask(&core, IndexSchedules { chat: chat.to_owned(), schedules, added: true })
    };
    index(&one, vec![schedule("a", 30), schedule("b", 10)]).unwrap();
    index(&two, vec![schedule("c", 20)]).unwrap();
    index(&one, vec![schedule("a", 30)]).unwrap();
    let all = ask(&core, ListSchedules {}).unwrap();
    let expected = [(two.clone(), schedule("c", 20)), (one, schedule("a", 30))];
    assert_eq!(all, expected.map(|(chat, schedule)| IndexedSchedule { chat, schedule }));
    ask(&core, DeleteChat { chat: two }).unwrap();
    assert_eq!(ask(&core, ListSchedules {}).unwrap().len(), 1);
    assert_eq!(index("nope", vec![]).unwrap_err().status, 404);
}

/// `GET /api/chats/:id`: the chat of the account; a foreign one is as unknown as one that never was.
#[test]
fn one_chat_is_told_and_a_foreign_one_is_not() {
    let (mine, theirs) = (FakeHost::new(), FakeHost::new());
    let core = account(&mine, &[]);
    let own = chat(&core);
    let told = ask(&core, GetChat { chat: own.clone() }).unwrap();
    assert_eq!((told.id.as_str(), told.title.as_str()), (own.as_str(), "New chat"));
    let other = account_named(&theirs, "another-account", &[]);
    // The hosts' randomness begins alike.
    let foreign = [chat(&other), chat(&other)][1].clone();
    for unknown in [foreign.as_str(), "never-was", ""] {
        let refused = ask(&core, GetChat { chat: unknown.to_owned() }).unwrap_err();
        assert_eq!(refused.status, 404, "{unknown}");
    }
}
