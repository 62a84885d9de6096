//! All that misses is named in one run.

use super::*;

#[test]
fn a_receiver_names_all_that_misses() {
    for arguments in [&["--check"][..], &[]] {
        let line = usage_error("receive", arguments, &[]);
        let options = ["--listen: ", "--endpoint: ", "--token: ", "--region: ", "--dev: "];
        for option in options {
            assert!(line.contains(option), "{option}: {line}");
        }
    }
    let some = ["--listen", "127.0.0.1:0", "--any-tenant"];
    let line = usage_error("receive", &some, &[]);
    assert!(line.contains("--endpoint: ") && line.contains("; --region: "), "{line}");
    assert!(!line.contains("--listen") && !line.contains("--token:"), "{line}");
    assert!(!line.contains("--dev"), "{line}");
}

#[test]
fn other_subcommands_do_too() {
    let line = usage_error("push", &[], &[]);
    for option in ["--to: ", "; --token: ", "; --key: ", "; --certificate-url: ", "; --dev: "] {
        assert!(line.contains(option), "{option}: {line}");
    }
    let head = "fixtures/signature/real-push/head";
    let files = ["--head", head, "--body", head, "--endpoint", "http://a.example"];
    let line = usage_error("explain", &files, &[]);
    assert!(line.contains("--token: ") && line.contains("; --region: "), "{line}");
    let line = usage_error("publish", &["{}"], &[]);
    for part in ["--region: ", "; --account: ", "; credentials: "] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

/// The keys of `eventbridge local` are no secret.
#[test]
fn publish_to_this_machine_names_the_keys() {
    let cure = "both keys are `local`: set ALIBABA_CLOUD_ACCESS_KEY_ID=local and \
         ALIBABA_CLOUD_ACCESS_KEY_SECRET=local";
    for host in ["127.0.0.1:1", "localhost:1", "[::1]:1"] {
        let endpoint = format!("http://{host}");
        let line = usage_error("publish", &["--api-endpoint", &endpoint, "{}"], &[]);
        assert!(line.contains(cure), "{line}");
    }
    let line = usage_error("buses list", &[], &[]);
    assert!(line.contains("credentials: ") && !line.contains("both keys"), "{line}");
}

/// Regions of finance and government are not listed.
#[test]
fn an_unknown_region_has_a_way_out() {
    let base = ["--listen", "127.0.0.1:0", "--endpoint", "http://a.example", "--any-tenant"];
    let region = ["--region", "cn-shanghai-finance-1"];
    let line = usage_error("receive", &[&base[..], &region].concat(), &[]);
    for part in [
        "\"cn-shanghai-finance-1\" is not a known region id",
        "nearest is \"cn-shanghai\"",
        "cn-heyuan",
        "finance or government",
        "--unlisted-region ID",
        "--certificate-url URL or --certificate URL=FILE",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let head = "fixtures/signature/real-push/head";
    let files = ["--head", head, "--body", head, "--endpoint", "http://a.example"];
    let more = ["--any-tenant", "--region", "cn-beijing-finance-1"];
    let line = usage_error("explain", &[&files[..], &more].concat(), &[]);
    assert!(line.contains("by --certificate URL=FILE"), "{line}");
    assert!(!line.contains("--certificate-url"), "explain has no such option: {line}");
}
