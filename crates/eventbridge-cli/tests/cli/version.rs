//! `--version` with the commit, completions and manual pages.

use std::process::{Command, Stdio};

use crate::process::{REPOSITORY, command, temporary_file, temporary_path};

fn printed(subcommand: &str, arguments: &[&str]) -> String {
    let output = command(subcommand, arguments).into_std().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_version_has_the_commit_of_the_sources() {
    let mut git = Command::new("git");
    git.args(["-C", REPOSITORY, "rev-parse", "--short=12", "HEAD"]).stderr(Stdio::null());
    let git = git.output();
    let commit = git.ok().filter(|output| output.status.success());
    let commit = commit.map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned());
    let version = env!("CARGO_PKG_VERSION");
    let expected = match &commit {
        Some(commit) => format!("eventbridge {version} ({commit})\n"),
        // An unpacked package: the file of `cargo package` may have it.
        None => return,
    };
    assert_eq!(printed("--version", &[]), expected);
    assert_eq!(printed("receive", &["--version"]), expected.replacen(' ', "-receive ", 1));
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed("completions", &[shell]);
        for word in ["receive", "forward-secret-file", "config"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let output = command("completions", &["csh"]).into_std().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.lines().count() == 1 && line.contains("csh"), "{line}");
}

/// bash itself reads the completions and completes an option.
#[test]
fn bash_completes_an_option() {
    let script = printed("completions", &["bash"]);
    let line = "COMP_WORDS=(eventbridge receive --forward-sec); COMP_CWORD=2; \
         _eventbridge eventbridge --forward-sec receive; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let script = format!("{script}\n{line}");
    let file = temporary_file("completions.bash", script.as_bytes());
    let output = Command::new("bash").arg("--norc").arg(file).output().unwrap();
    let completed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(completed, "--forward-secret\n--forward-secret-file\n");
}

#[test]
fn there_is_a_page_for_the_program_and_each_subcommand() {
    let page = printed("man", &[]);
    assert!(page.contains(".TH eventbridge 1") && page.contains("eventbridge\\-receive"), "{page}");
    let page = printed("man", &["receive"]);
    assert!(page.contains(".TH eventbridge-receive 1"), "{page}");
    assert!(page.contains("\\-\\-forward\\-secret\\-file"), "{page}");
    let folder = temporary_path("man");
    assert_eq!(printed("man", &["--dir", folder.to_str().unwrap()]), "");
    for name in ["eventbridge", "eventbridge-receive", "eventbridge-push", "eventbridge-explain"] {
        let page = std::fs::read_to_string(folder.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
    }
    assert!(!folder.join("eventbridge-help.1").exists());
    let bad = [(&["recieve"][..], "recieve"), (&["--dir", "/dev/null/x"], "--dir: /dev/null/x")];
    for (arguments, expected) in bad {
        let output = command("man", arguments).into_std().output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.lines().count() == 1 && line.contains(expected), "{line}");
    }
}
