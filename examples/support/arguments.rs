//! Arguments that the programs share.

use tower_eventbridge::Endpoint;

/// `--endpoint`: an exact URL if it has a path, else an origin.
#[derive(Clone)]
pub enum EndpointArg {
    Exact(String),
    Origin(String),
}

impl EndpointArg {
    pub fn new(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        if rest.contains(['/', '?', '#']) {
            Self::Exact(url.to_owned())
        } else {
            Self::Origin(url.to_owned())
        }
    }

    #[allow(dead_code, reason = "not every program prints it")]
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Origin(text) => text,
        }
    }

    pub fn endpoint(&self, anywhere: bool) -> Endpoint {
        match self {
            Self::Exact(url) if anywhere => Endpoint::exact(url).seen_anywhere(),
            Self::Exact(url) => Endpoint::exact(url),
            Self::Origin(origin) => Endpoint::origin(origin),
        }
    }
}

/// A list as given; from the environment it may end in a line feed, which is no empty entry.
pub fn lines(list: &[String]) -> Vec<String> {
    match list {
        [entries @ .., last] if last.is_empty() && !entries.is_empty() => entries.to_vec(),
        entries => entries.to_vec(),
    }
}
