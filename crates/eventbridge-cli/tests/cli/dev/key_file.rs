//! A key file that cannot be used is an error that names the file and the cure.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::process::{command, temporary_path};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The exit code and the line of a push that nobody receives.
async fn push(state: &Path) -> (Option<i32>, String) {
    let mut push = command("push", &["--dev", "--to", "http://127.0.0.1:1/"]);
    let output = push.env("EVENTBRIDGE_STATE_DIR", state).output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_key_file_that_cannot_be_used_names_the_cure() {
    let state = temporary_path("broken");
    let _ = fs::remove_dir_all(&state);
    assert_eq!(push(&state).await.0, Some(1), "a key is made, and nobody listens");
    let file = state.join("dev.key");
    let good = fs::read(&file).unwrap();
    assert_eq!(push(&state).await.0, Some(1));
    assert_eq!(fs::read(&file).unwrap(), good, "the key stays");
    let cure = format!("delete it by `rm {}`", file.display());
    for (name, content, mode, reason) in [
        ("readable by the group", good.as_slice(), 0o640, "(mode 0640)"),
        ("readable by others", &good, 0o604, "(mode 0604)"),
        ("writable by others", &good, 0o602, "(mode 0602)"),
        ("empty", b"", 0o600, "is not a whole key"),
        ("half written", good.get(..good.len() / 2).unwrap(), 0o600, "is not a whole key"),
        ("not text", b"\xff\xfe", 0o600, "is not text"),
        ("another text", b"-----BEGIN", 0o600, "is not a whole key"),
    ] {
        fs::write(&file, content).unwrap();
        set_mode(&file, mode);
        let (code, line) = push(&state).await;
        assert_eq!((code, line.lines().count()), (Some(2), 1), "{name}: {line}");
        assert!(line.contains(&file.display().to_string()), "{name}: {line}");
        assert!(line.contains(&cure) && line.contains(reason), "{name}: {line}");
        assert_eq!(fs::read(&file).unwrap(), content, "{name}: nothing is overwritten");
    }
    fs::write(&file, &good).unwrap();
    set_mode(&file, 0o600);
    assert_eq!(push(&state).await.0, Some(1));

    set_mode(&state, 0o777);
    let (code, line) = push(&state).await;
    let cure = format!("chmod 700 {}", state.display());
    assert!(code == Some(2) && line.contains(&cure), "{line}");
    set_mode(&state, 0o700);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let (code, line) = push(&state).await;
    assert!(code == Some(2) && line.contains("is not a file"), "{line}");
    fs::remove_dir_all(&state).unwrap();
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_made_is_one_line() {
    let (code, line) = push(Path::new("/dev/null/state")).await;
    assert_eq!((code, line.lines().count()), (Some(2), 1), "{line}");
    assert!(line.contains("--dev: /dev/null/state: ") && line.contains("EVENTBRIDGE_STATE_DIR"));
}

/// Where the state folder is: by the XDG base directory specification.
#[tokio::test]
async fn the_state_folder_is_the_users() {
    let home = temporary_path("home");
    let _ = fs::remove_dir_all(&home);
    for (name, state_home, key) in [
        ("HOME", None, ".local/state/eventbridge/dev.key"),
        ("XDG_STATE_HOME", Some(home.join("xdg")), "xdg/eventbridge/dev.key"),
    ] {
        let mut push = command("push", &["--dev", "--to", "http://127.0.0.1:1/"]);
        push.env_remove("EVENTBRIDGE_STATE_DIR").env_remove("XDG_STATE_HOME").env("HOME", &home);
        if let Some(state_home) = state_home {
            push.env("XDG_STATE_HOME", state_home);
        }
        assert_eq!(push.output().await.unwrap().status.code(), Some(1), "{name}");
        assert!(home.join(key).is_file(), "{name}");
    }
    fs::remove_dir_all(&home).unwrap();
    let mut push = command("push", &["--dev"]);
    push.env_remove("EVENTBRIDGE_STATE_DIR").env_remove("XDG_STATE_HOME").env_remove("HOME");
    let output = push.output().await.unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && line.contains("EVENTBRIDGE_STATE_DIR"), "{line}");
}
