//! Where requests go: by region and account, in a VPC, or given.

use std::{fmt, net::IpAddr};

use crate::field::{self, InvalidField};

/// Holds the scheme and authority that requests are sent to.
///
/// ```
/// use aliyun_eventbridge::endpoint::Endpoint;
///
/// let publish = Endpoint::public("123456789098", "cn-hangzhou")?;
/// assert_eq!(publish.to_string(), "https://123456789098.eventbridge.cn-hangzhou.aliyuncs.com");
/// let manage = Endpoint::console("cn-hangzhou")?;
/// assert_eq!(manage.to_string(), "https://eventbridge-console.cn-hangzhou.aliyuncs.com");
/// // Plain HTTP is for this machine only.
/// assert!(Endpoint::given("http://eventbridge.example.com").is_err());
/// # Ok::<(), aliyun_eventbridge::field::InvalidField>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: &'static str,
    authority: String,
}

impl Endpoint {
    /// Returns the public endpoint of the `openapi` protocol for an account id and a region id.
    ///
    /// # Errors
    ///
    /// Fails if the account id is not digits, or the region id is not letters, digits, hyphens.
    pub fn public(account_id: &str, region: &str) -> Result<Self, InvalidField> {
        account(account_id)?;
        region_id(region)?;
        Ok(Self::https(format!("{account_id}.eventbridge.{region}.aliyuncs.com")))
    }

    /// Returns the endpoint of the `openapi` protocol inside a VPC. The service has plain HTTP only
    /// there.
    ///
    /// # Errors
    ///
    /// Fails as [`Endpoint::public`] does.
    pub fn vpc(account_id: &str, region: &str) -> Result<Self, InvalidField> {
        account(account_id)?;
        region_id(region)?;
        let authority = format!("{account_id}.eventbridge.{region}-vpc.aliyuncs.com");
        Ok(Self { scheme: "http", authority })
    }

    /// Returns the public endpoint of the 2020-04-01 API for a region id.
    ///
    /// # Errors
    ///
    /// Fails if the region id is not letters, digits and hyphens.
    pub fn console(region: &str) -> Result<Self, InvalidField> {
        region_id(region)?;
        Ok(Self::https(format!("eventbridge-console.{region}.aliyuncs.com")))
    }

    /// Returns the endpoint of the 2020-04-01 API inside a VPC.
    ///
    /// # Errors
    ///
    /// Fails as [`Endpoint::console`] does.
    pub fn console_vpc(region: &str) -> Result<Self, InvalidField> {
        region_id(region)?;
        Ok(Self::https(format!("eventbridge-console-vpc.{region}.aliyuncs.com")))
    }

    /// Returns a given endpoint: `https://` and a host, or `http://` and an address of this
    /// machine.
    ///
    /// # Errors
    ///
    /// Fails if the text is not such a URL, or has a user name, path, query or fragment.
    pub fn given(url: &str) -> Result<Self, InvalidField> {
        let endpoint = Self::dangerous_plain_http(url)?;
        if endpoint.scheme == "http" && !endpoint.is_loopback() {
            let rule = "is plain HTTP to another machine; `dangerous_plain_http` permits it";
            return Err(InvalidField::rule("endpoint", rule));
        }
        Ok(endpoint)
    }

    /// Returns a given endpoint, plain HTTP to any host included.
    ///
    /// Neither protocol encrypts anything itself. `CreateConnection` sends passwords in the URL.
    ///
    /// # Errors
    ///
    /// Fails as [`Endpoint::given`] does, except that plain HTTP is allowed.
    pub fn dangerous_plain_http(url: &str) -> Result<Self, InvalidField> {
        field::url("endpoint", url)?;
        let (scheme, authority) = match url.split_once("://") {
            Some(("https", authority)) => ("https", authority),
            Some(("http", authority)) => ("http", authority),
            Some(_) | None => {
                return Err(InvalidField::rule(
                    "endpoint",
                    "does not begin with https:// or http://",
                ));
            }
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if authority.contains(['/', '?']) {
            return Err(InvalidField::rule("endpoint", "holds a path or query"));
        }
        // HTTP clients leave the default port out of `Host`, which one signature covers.
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        Ok(Self { scheme, authority: authority.to_ascii_lowercase() })
    }

    fn https(authority: String) -> Self {
        Self { scheme: "https", authority }
    }

    /// Returns `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Returns host and port as in the header `Host`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    fn is_loopback(&self) -> bool {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            Some(_) | None => &self.authority,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

fn account(id: &str) -> Result<(), InvalidField> {
    field::required("account id", id)?;
    field::characters("account id", id, 1..=32)?;
    field::charset("account id", id, "digits", |_, c| c.is_ascii_digit())
}

pub(crate) fn region_id(region: &str) -> Result<(), InvalidField> {
    field::required("region id", region)?;
    field::characters("region id", region, 1..=32)?;
    field::charset("region id", region, "small letters, digits and hyphens", |_, c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        let cases: [(&str, Result<Endpoint, InvalidField>, Option<&str>); 12] = [
            (
                "vpc",
                Endpoint::vpc("1", "cn-beijing"),
                Some("http://1.eventbridge.cn-beijing-vpc.aliyuncs.com"),
            ),
            (
                "console vpc",
                Endpoint::console_vpc("cn-beijing"),
                Some("https://eventbridge-console-vpc.cn-beijing.aliyuncs.com"),
            ),
            (
                "default port",
                Endpoint::given("https://eb.example.com:443/"),
                Some("https://eb.example.com"),
            ),
            (
                "other port",
                Endpoint::given("https://EB.example.com:8443"),
                Some("https://eb.example.com:8443"),
            ),
            ("loopback", Endpoint::given("http://127.0.0.1:80"), Some("http://127.0.0.1")),
            ("loopback 6", Endpoint::given("http://[::1]:8080"), Some("http://[::1]:8080")),
            ("account with a dot", Endpoint::public("1.evil.example", "cn-beijing"), None),
            ("region with a slash", Endpoint::public("1", "cn/../x"), None),
            ("path", Endpoint::given("https://eb.example.com/x"), None),
            ("user", Endpoint::given("https://me@eb.example.com"), None),
            ("loopback as a label", Endpoint::given("http://127.0.0.1.example.com"), None),
            ("no scheme", Endpoint::given("eb.example.com"), None),
        ];
        for (name, got, want) in cases {
            let got = got.ok().map(|endpoint| endpoint.to_string());
            assert_eq!(got.as_deref(), want, "{name}");
        }
    }
}
