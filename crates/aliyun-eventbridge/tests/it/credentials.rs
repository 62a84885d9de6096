//! Credentials: where they come from, when they are fetched anew, and that nobody prints them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use aliyun_eventbridge::credentials::{
    Credentials, CredentialsError, CredentialsFuture, CredentialsProvider, RefreshingCredentials,
    from_file, from_ini,
};

#[test]
fn environment() {
    let read = |pairs: &'static [(&str, &str)]| {
        Credentials::from_variables(move |name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
    const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
    assert!(read(&[(ID, "LTAI"), (SECRET, "s3cret")]).is_ok());
    let error = read(&[(ID, "LTAI"), (SECRET, "")]).unwrap_err().to_string();
    assert!(error.contains(SECRET), "{error}");
    let error = read(&[(ID, "LTAI"), (SECRET, "pasted\n")]).unwrap_err().to_string();
    assert!(error.contains("position 7") && !error.contains("pasted"), "{error}");
}

#[test]
fn the_vendors_file() {
    let file = "# mine\n[default]\nenable = true\ntype = access_key\naccess_key_id = A\n\
        access_key_secret = hidden1 # old\n\n[sts]\ntype=sts\naccess_key_id=B\n\
        access_key_secret=hidden2\nsecurity_token=hidden3==\n[role]\ntype = ram_role_arn\n\
        access_key_id = C\naccess_key_secret=hidden4\n\
        [off]\nenable = false\ntype = access_key\naccess_key_id = D\naccess_key_secret = hidden5\n";
    assert_eq!(from_ini(file, "default").unwrap().access_key_id(), "A");
    assert!(format!("{:?}", from_ini(file, "sts").unwrap()).contains("temporary: true"));
    let wrong = [
        ("role", file.to_owned(), "CredentialsSource"),
        ("off", file.to_owned(), "enable"),
        ("none", file.to_owned(), "no section [none]"),
        ("default", format!("{file}[default]\n"), "two sections"),
        (
            "default",
            file.replace("type = access_key\naccess_key_id = A", "type = access_key"),
            "access_key_id",
        ),
        ("default", file.replace("enable = true", "hidden6"), "without `=`"),
    ];
    for (profile, text, part) in wrong {
        let error = from_ini(&text, profile).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("hidden"), "{error}");
    }
}

#[test]
fn a_file_is_bounded() {
    let path = std::env::temp_dir().join(format!("eb-credentials-{}", std::process::id()));
    std::fs::write(&path, "#".repeat(64 * 1024 + 1)).unwrap();
    let error = from_file(&path, "default").unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("65536"), "{error}");
}

#[test]
fn nothing_prints_a_secret() {
    let credentials =
        Credentials::new("LTAI", "hidden").unwrap().with_security_token("hidden").unwrap();
    assert!(!format!("{credentials:?}").contains("hidden"));
}

/// Gives credentials for an hour each time, or fails.
fn source(
    fetches: Arc<AtomicUsize>,
    now: Arc<AtomicU64>,
    fails: Arc<AtomicUsize>,
) -> impl Fn() -> CredentialsFuture<'static> + Send + Sync {
    move || {
        let number = fetches.fetch_add(1, Ordering::SeqCst);
        let expires = UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst) + 3600);
        let fails = fails.load(Ordering::SeqCst) > 0;
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if fails {
                return Err(CredentialsError::new("STS is down"));
            }
            Ok(Credentials::new(format!("id{number}"), "s")?.expires_at(expires))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn temporary_credentials_are_kept_until_shortly_before_they_expire() {
    let (fetches, now, fails) = (Arc::default(), Arc::new(AtomicU64::new(1000)), Arc::default());
    let told = now.clone();
    let provider = Arc::new(
        RefreshingCredentials::new(source(Arc::clone(&fetches), now.clone(), Arc::clone(&fails)))
            .clock(move || UNIX_EPOCH + Duration::from_secs(told.load(Ordering::SeqCst))),
    );
    let ask = || {
        let provider = provider.clone();
        tokio::spawn(async move {
            provider.credentials().await.map(|found| found.access_key_id().to_owned())
        })
    };
    let asked: Vec<_> = (0..10).map(|_| ask()).collect();
    for task in asked {
        assert_eq!(task.await.unwrap().unwrap(), "id0", "ten callers, one fetch");
    }
    now.fetch_add(3419, Ordering::SeqCst);
    assert_eq!(ask().await.unwrap().unwrap(), "id0", "181 s are left");
    now.fetch_add(1, Ordering::SeqCst);
    fails.store(1, Ordering::SeqCst);
    assert_eq!(ask().await.unwrap().unwrap(), "id0", "the fetch fails, and 180 s are left");
    fails.store(0, Ordering::SeqCst);
    assert_eq!(ask().await.unwrap().unwrap(), "id2");
    now.fetch_add(3600, Ordering::SeqCst);
    fails.store(1, Ordering::SeqCst);
    assert!(ask().await.unwrap().is_err(), "expired, and none to be had");
    assert_eq!(fetches.load(Ordering::SeqCst), 4);
}
