//! The language of models.

use deputy_fga::dsl::{LoadError, ModuleFile, Sources, load, parse, parse_modules, print};

pub fn run(text: &str) {
    one(text);
    let texts: Vec<&str> = text.split("\n==\n").collect();
    if texts.len() > 1 {
        modules(&texts);
    }
}

fn one(text: &str) {
    let lines = text.split(['\n', '\r']).count();
    let document = match parse(text) {
        Ok(document) => document,
        Err(errors) => {
            assert!(errors.iter().next().is_some(), "refused without a reason");
            for error in errors.iter() {
                assert!((1..=lines).contains(&error.at.line), "an error beyond the text: {error}");
            }
            return;
        }
    };
    if let Err(LoadError::Meaning { at, error }) = load(text) {
        assert!((1..=lines).contains(&at.line), "{error} is beyond the text, at {at}");
    }
    let model = document.to_model();
    let Ok(printed) = print(&model, Sources::Hidden) else { return };
    if model.schema_version.is_empty() {
        return;
    }
    match parse(&printed) {
        Ok(again) => assert_eq!(again.to_model(), model, "printed and read:\n{printed}"),
        Err(errors) => assert!(errors.iter().next().is_none(), "what is printed is refused: {errors}\n{printed}"),
    }
}

fn modules(texts: &[&str]) {
    let names: Vec<String> = (0..texts.len()).map(|number| format!("{number}.fga")).collect();
    let files: Vec<_> = names.iter().zip(texts).map(|(name, text)| ModuleFile { name, text }).collect();
    if let Ok(model) = parse_modules(&files, "1.2") {
        drop(print(&model, Sources::Shown));
    }
}
