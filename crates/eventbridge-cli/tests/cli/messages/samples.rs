//! The commands that README.md and docs/ show.

use crate::process::REPOSITORY;

/// They would be warned of: every user of the machine sees the command line.
#[test]
fn no_command_that_is_shown_has_a_secret() {
    let mut pages: Vec<_> = std::fs::read_dir(format!("{REPOSITORY}/docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .chain(["README.md", "README.zh-CN.md"].map(|name| format!("{REPOSITORY}/{name}").into()))
        .collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    let mut shown = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        // Every second part is between fences.
        for line in text.split("```").skip(1).step_by(2).flat_map(str::lines) {
            for option in ["--token", "--forward-secret", "--password", "--secret"] {
                let given = line.split(' ').any(|word| word.split('=').next() == Some(option));
                assert!(!given, "{}: {line}", page.display());
            }
            shown += usize::from(line.contains("EVENTBRIDGE_TOKEN="));
        }
    }
    assert!(shown >= 4, "{shown}");
}
