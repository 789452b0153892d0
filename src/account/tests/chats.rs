use super::*;

fn list(core: &Core<FakeHost>, limit: Option<u32>, before: Option<u64>, query: Option<&str>) -> Vec<String> {
    let call = AccountCall::ListChats { limit, before, query: query.map(str::to_owned) };
    let rows = ask(core, call).unwrap();
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn rename(core: &Core<FakeHost>, chat: &str, title: &str, automatic: bool) -> Result<Value, Refusal> {
    ask(core, AccountCall::RenameChat { chat: chat.to_owned(), title: title.to_owned(), automatic })
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
    let rows = ask(&core, AccountCall::ListChats { limit: Some(2), before: None, query: None }).unwrap();
    let before = rows[1]["createdAt"].as_u64();
    assert_eq!(list(&core, Some(9), before, None), made[2..]);
    assert_eq!(list(&core, Some(0), None, None).len(), 1, "a limit of nothing is the smallest one");
}

#[test]
fn titles_are_cleaned_and_the_users_choice_stays() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    assert_eq!(rename(&core, &chat, "Made by the agent", true).unwrap()["title"], "Made by the agent");
    assert!(host.take_told().is_empty(), "the chat knows its own title");
    assert_eq!(rename(&core, &chat, "  My\n\u{7}own  ", false).unwrap()["title"], "My own");
    assert_eq!(host.take_told().len(), 1);
    assert_eq!(rename(&core, &chat, "Agent again", true).unwrap()["title"], "My own");
    assert_eq!(rename(&core, &chat, &"x".repeat(500), false).unwrap()["title"].as_str().unwrap().len(), 120);
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
    let owns = |chat: &str| ask(&core, AccountCall::OwnsChat { chat: chat.to_owned() }).unwrap()["owns"] == true;
    assert!(owns(&chat) && !owns("nope"));
    ask(&core, AccountCall::DeleteChat { chat: chat.clone() }).unwrap();
    assert!(!owns(&chat));
    assert_eq!(ask(&core, AccountCall::DeleteChat { chat }).unwrap_err().status, 404);
}

#[test]
fn schedules_are_replaced_per_chat_and_gone_with_it() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let (one, two) = (chat(&core), chat(&core));
    let entry = |id: &str, next_run| json!({ "id": id, "description": "d", "type": "delayed", "nextRun": next_run });
    let index = |chat: &str, entries: Vec<Value>| {
        let schedules = entries.into_iter().map(|entry| deputy_http::json::read_value(&entry).unwrap()).collect();
        ask(&core, AccountCall::IndexSchedules { chat: chat.to_owned(), schedules, added: true })
    };
    index(&one, vec![entry("a", 30), entry("b", 10)]).unwrap();
    index(&two, vec![entry("c", 20)]).unwrap();
    index(&one, vec![entry("a", 30)]).unwrap();
    let all = ask(&core, AccountCall::ListSchedules {}).unwrap();
    assert_eq!(all.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect::<Vec<_>>(), ["c", "a"]);
    assert_eq!(all[0]["chatId"], two);
    ask(&core, AccountCall::DeleteChat { chat: two }).unwrap();
    assert_eq!(ask(&core, AccountCall::ListSchedules {}).unwrap().as_array().unwrap().len(), 1);
    assert_eq!(index("nope", vec![]).unwrap_err().status, 404);
}
