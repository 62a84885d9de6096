//! URLs as they may stand in logs.

/// Returns a URL for logs. User information and query are left out, because people put credentials
/// there.
pub(crate) fn redacted_url(url: &str) -> String {
    // A scheme stands before any path or query.
    let scheme = url.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?', '#']));
    let (start, rest) = scheme.unwrap_or(("", url));
    let end_of_authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end_of_authority);
    let (user, host) =
        authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("<redacted>@", host));
    let (path, query) = match target.find(['?', '#']) {
        Some(at) => (target.split_at(at).0, "?<redacted>"),
        None => (target, ""),
    };
    let separator = if start.is_empty() { "" } else { "://" };
    format!("{start}{separator}{user}{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_query_and_fragment_are_left_out() {
        for (url, redacted) in [
            ("https://h.example/a/b", "https://h.example/a/b"),
            (
                "https://u:secret@h.example:8443/a?k=secret#secret",
                "https://<redacted>@h.example:8443/a?<redacted>",
            ),
            ("https://h.example?secret", "https://h.example?<redacted>"),
            ("https://h.example/a#secret", "https://h.example/a?<redacted>"),
            ("/cb?key=secret&u=http://x", "/cb?<redacted>"),
            ("h.example/a?k=secret&u=https://x", "h.example/a?<redacted>"),
            ("https://a@b@h.example/", "https://<redacted>@h.example/"),
            ("", ""),
        ] {
            assert_eq!(redacted_url(url), redacted);
        }
    }
}
