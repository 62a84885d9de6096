use super::*;

const HOST: &str = "cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";
const FILE: &str = "x509_public_certificate_2021012501.pem";

fn policy() -> UrlPolicy {
    policy_with(InternalHost::Reject, FileNames::Dated)
}

fn policy_with(internal: InternalHost, file_names: FileNames) -> UrlPolicy {
    let exact = AllowedUrl::exact("https://mirror.example:8443/certs/a.pem?v=1", UrlBasis::Exact);
    UrlPolicy::new(["cn-hangzhou", "ap-southeast-1"], internal, vec![exact], file_names)
}

#[test]
fn exact_hosts_of_listed_regions_pass() {
    for (url, basis) in [
        (format!("https://{HOST}/{FILE}"), UrlBasis::Region),
        (format!("https://{HOST}/x509_public_certificate_20210125.pem"), UrlBasis::Region),
        (format!("https://{HOST}/x509_public_certificate_20210125010203.pem"), UrlBasis::Region),
        (
            format!("https://ap-southeast-1-eventbridge.oss-accelerate.aliyuncs.com/{FILE}"),
            UrlBasis::Region,
        ),
        ("https://mirror.example:8443/certs/a.pem?v=1".to_owned(), UrlBasis::Exact),
    ] {
        let allowed = policy().allow(url.as_bytes()).unwrap();
        assert_eq!(allowed.as_str(), url);
        assert_eq!(allowed.basis(), basis, "{url}");
    }
}

const BUCKET: &str = "cn-hangzhou-eventbridge";

/// The bucket of a configured region has two hosts that are trusted, and a third by an option.
#[test]
fn each_host_of_the_bucket_is_told_apart() {
    use RegionHost::{Accelerate, Internal, Regional};
    for (bucket, endpoint, host) in [
        ("cn-hangzhou", "accelerate", Accelerate),
        ("cn-hangzhou", "cn-hangzhou", Regional),
        ("ap-southeast-1", "accelerate", Accelerate),
        ("ap-southeast-1", "ap-southeast-1", Regional),
        ("cn-hangzhou", "cn-hangzhou-internal", Internal),
        ("ap-southeast-1", "ap-southeast-1-internal", Internal),
    ] {
        let url = format!("https://{bucket}-eventbridge.oss-{endpoint}.aliyuncs.com/{FILE}");
        let by_default = policy().allow(url.as_bytes());
        if host == Internal {
            assert_eq!(by_default.unwrap_err(), UrlProblem::InternalHostNotAllowed, "{url}");
        } else {
            assert_eq!(by_default.unwrap().region_host(), Some(host), "{url}");
        }
        let internal = policy_with(InternalHost::Allow, FileNames::Dated);
        let allowed = internal.allow(url.as_bytes()).unwrap();
        assert_eq!((allowed.basis(), allowed.region_host()), (UrlBasis::Region, Some(host)));
        assert_eq!(allowed.host_label(), host.as_str());
    }
    let exact = policy().allow(b"https://mirror.example:8443/certs/a.pem?v=1").unwrap();
    assert_eq!((exact.region_host(), exact.host_label()), (None, "exact"));
}

/// The rule is no pattern: whatever else stands in the place of the endpoint is rejected, by the
/// option for the internal host too.
#[test]
fn other_hosts_of_the_bucket_are_rejected() {
    use UrlProblem::{HostNotAllowed, PathNotAllowed, RegionNotConfigured};
    let host = |endpoint: &str| format!("https://{BUCKET}.{endpoint}/{FILE}");
    let beijing = RegionNotConfigured { region: "cn-beijing" };
    for (name, url, rejection) in [
        ("another region's endpoint", host("oss-cn-beijing.aliyuncs.com"), HostNotAllowed),
        ("another configured region's", host("oss-ap-southeast-1.aliyuncs.com"), HostNotAllowed),
        (
            "another region's label here",
            format!("https://cn-beijing-eventbridge.oss-cn-hangzhou.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        (
            "another configured region's label here",
            format!("https://ap-southeast-1-eventbridge.oss-cn-hangzhou.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        (
            "a region that is not configured",
            format!("https://cn-beijing-eventbridge.oss-cn-beijing.aliyuncs.com/{FILE}"),
            beijing,
        ),
        (
            "the internal host of a region that is not configured",
            format!("https://cn-beijing-eventbridge.oss-cn-beijing-internal.aliyuncs.com/{FILE}"),
            beijing,
        ),
        (
            "anybody's bucket at the endpoint",
            format!("https://evil-eventbridge.oss-cn-hangzhou.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        (
            "a longer label",
            format!("https://x{}", &host("oss-cn-hangzhou.aliyuncs.com")[8..]),
            HostNotAllowed,
        ),
        ("no bucket", format!("https://oss-cn-hangzhou.aliyuncs.com/{FILE}"), HostNotAllowed),
        (
            "path style",
            format!("https://oss-cn-hangzhou.aliyuncs.com/{BUCKET}/{FILE}"),
            HostNotAllowed,
        ),
        ("S3 style", host("s3.oss-cn-hangzhou.aliyuncs.com"), HostNotAllowed),
        ("VPC style", host("vpc100-oss-cn-hangzhou.aliyuncs.com"), HostNotAllowed),
        ("overseas acceleration", host("oss-accelerate-overseas.aliyuncs.com"), HostNotAllowed),
        ("internal acceleration", host("oss-accelerate-internal.aliyuncs.com"), HostNotAllowed),
        ("internal, twice", host("oss-cn-hangzhou-internal-internal.aliyuncs.com"), HostNotAllowed),
        ("internal, elsewhere", host("oss-cn-beijing-internal.aliyuncs.com"), HostNotAllowed),
        ("another domain", host("oss-cn-hangzhou.aliyuncs.com.evil.tld"), HostNotAllowed),
        ("another top level", host("oss-cn-hangzhou.aliyuncs.cn"), HostNotAllowed),
        ("upper case", host("OSS-cn-hangzhou.aliyuncs.com"), HostNotAllowed),
        ("a port", host("oss-cn-hangzhou.aliyuncs.com:443"), HostNotAllowed),
        ("a trailing dot", host("oss-cn-hangzhou.aliyuncs.com."), HostNotAllowed),
        (
            "user information",
            format!("https://u@{}", &host("oss-cn-hangzhou.aliyuncs.com")[8..]),
            HostNotAllowed,
        ),
        ("a query", format!("{}?x", host("oss-cn-hangzhou.aliyuncs.com")), PathNotAllowed),
        (
            "another object",
            format!("https://{BUCKET}.oss-cn-hangzhou.aliyuncs.com/a.pem"),
            PathNotAllowed,
        ),
    ] {
        for internal in [InternalHost::Reject, InternalHost::Allow] {
            let policy = policy_with(internal, FileNames::Dated);
            assert_eq!(policy.allow(url.as_bytes()).unwrap_err(), rejection, "{name}: {url}");
        }
    }
}

/// S2 (hosts), S3 (other objects in the right bucket) and S4 (names that a parser would normalise).
#[test]
fn everything_else_is_rejected() {
    use UrlProblem::{
        HostNotAllowed, NotHttps, NotVisibleAscii, PathNotAllowed, RegionNotConfigured,
    };
    let table: &[(&str, String, UrlProblem)] = &[
        (
            "unlisted region",
            format!("https://cn-beijing-eventbridge.oss-accelerate.aliyuncs.com/{FILE}"),
            RegionNotConfigured { region: "cn-beijing" },
        ),
        (
            "anybody's bucket",
            format!("https://evil-eventbridge.oss-accelerate.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        (
            "no label",
            format!("https://-eventbridge.oss-accelerate.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        (
            "prefixed label",
            format!("https://xcn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/{FILE}"),
            HostNotAllowed,
        ),
        ("sub-domain", format!("https://evil.{HOST}/{FILE}"), HostNotAllowed),
        ("longer domain", format!("https://{HOST}.evil.tld/{FILE}"), HostNotAllowed),
        ("trailing dot", format!("https://{HOST}./{FILE}"), HostNotAllowed),
        (
            "upper-case host",
            format!("https://{}/{FILE}", HOST.to_ascii_uppercase()),
            HostNotAllowed,
        ),
        ("user information", format!("https://{HOST}@evil.tld/{FILE}"), HostNotAllowed),
        (
            "user information before the right host",
            format!("https://a@{HOST}/{FILE}"),
            HostNotAllowed,
        ),
        ("default port", format!("https://{HOST}:443/{FILE}"), HostNotAllowed),
        ("other port", format!("https://{HOST}:8443/{FILE}"), HostNotAllowed),
        ("http", format!("http://{HOST}/{FILE}"), NotHttps),
        ("upper-case scheme", format!("HTTPS://{HOST}/{FILE}"), NotHttps),
        ("no scheme", format!("//{HOST}/{FILE}"), NotHttps),
        ("one slash", format!("https:/{HOST}/{FILE}"), NotHttps),
        ("three slashes", format!("https:///{HOST}/{FILE}"), HostNotAllowed),
        ("backslash", format!("https://{HOST}\\@evil.tld/{FILE}"), HostNotAllowed),
        ("backslash for slash", format!("https:\\\\{HOST}/{FILE}"), NotHttps),
        (
            "encoded dot in the host",
            format!("https://{}/{FILE}", HOST.replacen('.', "%2e", 1)),
            HostNotAllowed,
        ),
        ("encoded slash after the host", format!("https://{HOST}%2f{FILE}"), HostNotAllowed),
        ("IPv4 literal", format!("https://127.0.0.1/{FILE}"), HostNotAllowed),
        ("IPv6 literal", format!("https://[::1]/{FILE}"), HostNotAllowed),
        ("host in the query", format!("https://evil.tld/?{HOST}/{FILE}"), HostNotAllowed),
        ("host in the path", format!("https://evil.tld/{HOST}/{FILE}"), HostNotAllowed),
        ("no path", format!("https://{HOST}"), HostNotAllowed),
        ("query right after the host", format!("https://{HOST}?/{FILE}"), HostNotAllowed),
        ("fragment right after the host", format!("https://{HOST}#/{FILE}"), HostNotAllowed),
        ("punycode", format!("https://xn--{HOST}-/{FILE}"), HostNotAllowed),
        (
            "full-width letter",
            format!("https://ｃn-hangzhou{}/{FILE}", &HOST[11..]),
            NotVisibleAscii,
        ),
        ("cyrillic letter", format!("https://сn-hangzhou{}/{FILE}", &HOST[11..]), NotVisibleAscii),
        (
            "ideographic full stop",
            format!("https://{}/{FILE}", HOST.replacen('.', "。", 1)),
            NotVisibleAscii,
        ),
        ("space", format!("https://{HOST}/{FILE} "), NotVisibleAscii),
        ("line feed", format!("https://{HOST}/{FILE}\n"), NotVisibleAscii),
        ("empty path", format!("https://{HOST}/"), PathNotAllowed),
        ("query", format!("https://{HOST}/{FILE}?x=1"), PathNotAllowed),
        ("empty query", format!("https://{HOST}/{FILE}?"), PathNotAllowed),
        ("fragment", format!("https://{HOST}/{FILE}#x"), PathNotAllowed),
        ("two slashes", format!("https://{HOST}//{FILE}"), PathNotAllowed),
        ("folder", format!("https://{HOST}/a/{FILE}"), PathNotAllowed),
        ("dot segments", format!("https://{HOST}/../{FILE}"), PathNotAllowed),
        ("encoded slash", format!("https://{HOST}/a%2f{FILE}"), PathNotAllowed),
        (
            "encoded letter",
            format!("https://{HOST}/%78509_public_certificate_2021012501.pem"),
            PathNotAllowed,
        ),
        ("connector archive", format!("https://{HOST}/connector-1.0.jar"), PathNotAllowed),
        (
            "letters for a date",
            format!("https://{HOST}/x509_public_certificate_abcdefgh.pem"),
            PathNotAllowed,
        ),
        ("7 digits", format!("https://{HOST}/x509_public_certificate_2021012.pem"), PathNotAllowed),
        (
            "15 digits",
            format!("https://{HOST}/x509_public_certificate_202101250102030.pem"),
            PathNotAllowed,
        ),
        (
            "arabic-indic digits",
            format!("https://{HOST}/x509_public_certificate_٢٠٢١٠١٢٥.pem"),
            NotVisibleAscii,
        ),
        (
            "upper-case file",
            format!("https://{HOST}/X509_PUBLIC_CERTIFICATE_2021012501.PEM"),
            PathNotAllowed,
        ),
        (
            "other ending",
            format!("https://{HOST}/x509_public_certificate_2021012501.pem.jar"),
            PathNotAllowed,
        ),
        (
            "exact URL with more",
            "https://mirror.example:8443/certs/a.pem?v=12".to_owned(),
            HostNotAllowed,
        ),
        (
            "exact URL with less",
            "https://mirror.example:8443/certs/a.pem?v=".to_owned(),
            HostNotAllowed,
        ),
        (
            "exact URL in other case",
            "https://MIRROR.example:8443/certs/a.pem?v=1".to_owned(),
            HostNotAllowed,
        ),
        ("empty", String::new(), NotHttps),
    ];
    for (name, url, rejection) in table {
        assert_eq!(policy().allow(url.as_bytes()).unwrap_err(), *rejection, "{name}: {url}");
    }
    assert_eq!(policy().allow(b"https://\xff/").unwrap_err(), NotVisibleAscii);
}

#[test]
fn any_file_name_is_still_one_segment_of_the_same_family() {
    let loose = policy_with(InternalHost::Reject, FileNames::AnyPublicCertificate);
    for (path, allowed) in [
        ("x509_public_certificate_2021012501.pem", true),
        ("x509_public_certificate_v2-2026.pem", true),
        ("x509_public_certificate_.pem", false),
        ("x509_public_certificate_a/../b.pem", false),
        ("x509_public_certificate_a.b.pem", false),
        ("x509_public_certificate_%41.pem", false),
        ("x509_public_certificate_a.pem?x=.pem", false),
        ("connector.jar", false),
    ] {
        assert_eq!(
            loose.allow(format!("https://{HOST}/{path}").as_bytes()).is_ok(),
            allowed,
            "{path}"
        );
    }
}

#[test]
fn exact_urls_are_checked_when_configured() {
    for url in ["https://a.example/x.pem", "https://a.example:8443/", "https://[::1]:1/x?y=z"] {
        assert_eq!(check_exact_url(url), Ok(()), "{url}");
    }
    for url in [
        "",
        "http://a.example/x",
        "https://a.example",
        "https:///x",
        "https://u@a.example/x",
        "https://a.example/x#f",
        "https://a.example/x y",
        "https://a.example/é",
        "https://a.example\\b/x",
        "https://a?b/x",
        "https://a b/",
        "https://[::1/x",
    ] {
        assert!(check_exact_url(url).is_err(), "{url}");
    }
}

#[test]
fn shipped_regions_are_well_formed_and_named_once() {
    for (index, region) in REGIONS.iter().enumerate() {
        assert_eq!(check_region_id(region), Ok(()), "{region}");
        assert!(!REGIONS[..index].contains(region), "{region}");
    }
    for bad in [
        "",
        "a",
        "-cn",
        "cn-",
        "CN-hangzhou",
        "cn.hangzhou",
        "cn_hangzhou",
        "cn hangzhou",
        "é-1",
        &"a".repeat(52),
    ] {
        assert!(check_region_id(bad).is_err(), "{bad}");
    }
}
