//! Arguments that `receive` and `explain` share.

use tower_eventbridge::Endpoint;

use crate::usage::UsageError;

/// `--endpoint`: an exact URL if it has a path, else an origin.
#[derive(Clone)]
pub enum EndpointArg {
    Exact { url: String, seen: Seen },
    Origin(String),
}

/// Where the pushes to an exact URL arrive.
#[derive(Clone, PartialEq, Eq)]
pub enum Seen {
    AtItsOwnPath,
    As(String),
    Anywhere,
}

impl EndpointArg {
    pub fn new(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        if rest.contains(['/', '?', '#']) {
            Self::Exact { url: url.to_owned(), seen: Seen::AtItsOwnPath }
        } else {
            Self::Origin(url.to_owned())
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Exact { url, .. } => url,
            Self::Origin(origin) => origin,
        }
    }

    pub fn seen_anywhere(&self) -> Self {
        match self {
            Self::Exact { url, .. } => Self::Exact { url: url.clone(), seen: Seen::Anywhere },
            Self::Origin(origin) => Self::Origin(origin.clone()),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Exact { url, seen } => match seen {
                Seen::AtItsOwnPath => Endpoint::exact(url),
                Seen::As(path) => Endpoint::exact(url).seen_as(path),
                Seen::Anywhere => Endpoint::exact(url).seen_anywhere(),
            },
            Self::Origin(origin) => Endpoint::origin(origin),
        }
    }
}

/// The endpoints of `--endpoint`, `--seen-as` and `--seen-anywhere` together.
///
/// A `--seen-as` is `PATH`, for the one endpoint that is exact, or `URL=PATH`, for that endpoint.
/// Several for one endpoint are several places at which its pushes arrive; its own path is none of
/// them then.
pub fn endpoints(
    urls: &[String],
    seen_as: &[String],
    anywhere: bool,
) -> Result<Vec<EndpointArg>, UsageError> {
    let wrong = |reason: String| UsageError::new("--seen-as", reason);
    if anywhere && !seen_as.is_empty() {
        return Err(wrong("cannot be used together with --seen-anywhere".to_owned()));
    }
    let mut all: Vec<_> = urls.iter().map(|url| EndpointArg::new(url)).collect();
    if anywhere {
        return Ok(all.iter().map(EndpointArg::seen_anywhere).collect());
    }
    let is_exact = |arg: &&EndpointArg| matches!(arg, EndpointArg::Exact { .. });
    for given in seen_as {
        let exact = || all.iter().filter(is_exact).map(EndpointArg::text);
        let (url, path) = if given.starts_with('/') {
            let mut exact: Vec<_> = exact().collect();
            exact.dedup();
            let &[url] = exact.as_slice() else {
                let count = exact.len();
                let reason = format!(
                    "{given:?} needs exactly one --endpoint with a path, and there are {count}: \
                     give URL=PATH"
                );
                return Err(wrong(reason));
            };
            (url.to_owned(), given.as_str())
        } else {
            // A URL may have an equals sign of its own.
            let named = exact().filter_map(|url| {
                let path = given.strip_prefix(url)?.strip_prefix('=')?;
                path.starts_with('/').then_some((url, path))
            });
            let Some((url, path)) = named.max_by_key(|(url, _)| url.len()) else {
                let reason = format!(
                    "{given:?} is neither a PATH that begins with / nor URL=PATH with the URL of \
                     an --endpoint that has a path"
                );
                return Err(wrong(reason));
            };
            (url.to_owned(), path)
        };
        if path.trim() != path {
            return Err(wrong(format!("{given:?} has white space at its end")));
        }
        if path.contains(|letter: char| letter == '#' || letter.is_control()) {
            return Err(wrong(format!("{given:?} has a fragment or a control character")));
        }
        let seen = Seen::As(path.to_owned());
        let is_at = |arg: &EndpointArg, place: &Seen| match arg {
            EndpointArg::Exact { url: other, seen } => *other == url && seen == place,
            EndpointArg::Origin(_) => false,
        };
        if all.iter().any(|arg| is_at(arg, &seen)) {
            return Err(wrong(format!("{given:?} is given twice for {url}")));
        }
        let own = all.iter().position(|arg| is_at(arg, &Seen::AtItsOwnPath));
        match own.and_then(|index| all.get_mut(index)) {
            Some(own) => *own = EndpointArg::Exact { url, seen },
            None => all.push(EndpointArg::Exact { url, seen }),
        }
    }
    Ok(all)
}

/// A list as given; from the environment it may end in a line feed, which is no empty entry.
pub fn lines(list: &[String]) -> Vec<String> {
    match list {
        [entries @ .., last] if last.is_empty() && !entries.is_empty() => entries.to_vec(),
        entries => entries.to_vec(),
    }
}
