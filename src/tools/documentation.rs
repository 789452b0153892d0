//! What `docs/tools.md` says about tools is true: its example is a tool, its diff fits, its list is complete.

use deputy_agent::{Authority, Registry, Tool};

use super::get_github_profile::{GetGitHubProfile, Input};
use super::ports::ToolPorts;
use super::registry;
use super::testing::{provider, providers};

const DOCUMENT: &str = include_str!("../../docs/tools.md");
const EXAMPLE: &str = include_str!("../../docs/examples/get_github_profile.rs");
const REGISTRY: &str = include_str!("mod.rs");

/// The fenced blocks of the document in that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let inside = DOCUMENT.split(opening.as_str()).skip(1);
    inside.filter_map(|rest| rest.split("```").next()).collect()
}

/// Issue 6: the example of the document is compiled as it stands there (its own tests run with these), and adding it makes a
/// tool the model is offered.
#[test]
fn the_documents_example_is_a_tool() {
    assert!(
        blocks("rust").contains(&EXAMPLE),
        "docs/tools.md shows docs/examples/get_github_profile.rs, byte for byte"
    );
    let tools = registry(&providers(&[]), &ToolPorts::none()).with(GetGitHubProfile(provider("github")));
    let definitions = tools.definitions();
    let definition = definitions.iter().find(|tool| tool.name == GetGitHubProfile::NAME).unwrap();
    assert_eq!(definition.parameters["properties"]["numbers"]["type"], "boolean");
    let authority = GetGitHubProfile(provider("github")).authority(&Input::default());
    assert_eq!(authority, [Authority::Vault { connection: "github".into(), scopes: vec![] }]);
}

/// The diff of the document can be applied to the registry as it is, and adds nothing but the tool's two lines.
#[test]
fn the_documents_diff_fits_the_registry() {
    let [diff] = blocks("diff").try_into().unwrap();
    let hunks: Vec<&str> = diff.split("@@\n").skip(1).collect();
    assert_eq!(hunks.len(), 2, "{diff}");
    for hunk in hunks {
        let before: String =
            hunk.lines().filter_map(|line| line.strip_prefix(' ')).map(|line| format!("{line}\n")).collect();
        assert!(
            !before.is_empty() && REGISTRY.contains(&before),
            "these lines stand together in the registry:\n{before}"
        );
        let added: Vec<&str> = hunk.lines().filter_map(|line| line.strip_prefix('+')).collect();
        assert!(matches!(added.as_slice(), [line] if line.contains("get_github_profile")), "{added:?}");
        assert!(!hunk.lines().any(|line| line.starts_with('-')));
    }
}

/// Every tool stands in the document's table with what it does to the world.
#[test]
fn the_documents_table_is_complete() {
    let tools: Registry = registry(&providers(&[("SHOP_API_URL", "https://shop.test/orders")]), &ToolPorts::none());
    for name in tools.names() {
        let row = DOCUMENT.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let effect = tools.effect(name).unwrap().as_str();
        let complete = row.is_some_and(|row| row.contains(&format!("| {effect} |")));
        assert!(complete, "docs/tools.md needs a row that begins with `{name}` and says {effect}; it has {row:?}");
    }
}
