//! The pushes, a line for each, and what became of them in all.

use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use reqwest::{Client, Url, redirect, retry};
use serde_json::json;
use tokio::{
    task::{JoinError, JoinSet},
    time,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Push, SignerError},
};

use super::schedule::Schedule;
use crate::usage::UsageError;

pub struct Sender {
    client: Client,
    to: Url,
    push: Push<'static>,
    event: Option<Bytes>,
    count: u32,
    concurrency: usize,
    schedule: Schedule,
    /// Begins every sample's id, so that no two runs share one.
    run: String,
}

/// What became of all pushes so far.
#[derive(Clone, Copy, Default)]
struct Totals {
    delivered: u32,
    retries: u32,
    given_up: u32,
}

/// What became of one push.
struct Ended {
    number: u32,
    answer: Result<StatusCode, String>,
    retries: u32,
}

impl Sender {
    pub fn new(
        push: Push<'static>,
        to: &str,
        event: Option<Vec<u8>>,
        count: u32,
        concurrency: usize,
        schedule: Schedule,
    ) -> Result<Self, UsageError> {
        let to = parse_target(to)?;
        let mut client = Client::builder()
            .tls_backend_rustls()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent("tower-eventbridge-push");
        if to.scheme() == "http" {
            // No TLS, so a machine without TLS roots will do.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| UsageError::new("--to", Chain(&error)))?;
        let now = SystemClock::new().now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = format!("push-{}-{}", now.as_millis(), std::process::id());
        let event = event.map(Bytes::from);
        Ok(Self { client, to, push, event, count, concurrency, schedule, run })
    }

    /// Whether every push was answered 2xx in the end.
    pub async fn send_all(self) -> bool {
        let sender = Arc::new(self);
        let mut totals = Totals::default();
        let mut under_way = JoinSet::new();
        for number in 1..=sender.count {
            if under_way.len() >= sender.concurrency {
                sender.ended(under_way.join_next().await, &mut totals);
            }
            let sender = Arc::clone(&sender);
            under_way.spawn(async move { sender.deliver(number).await });
        }
        while let Some(ended) = under_way.join_next().await {
            sender.ended(Some(ended), &mut totals);
        }
        let Totals { delivered, retries, given_up } = totals;
        eprintln!("delivered {delivered}, retried {retries} times, given up {given_up}");
        given_up == 0
    }

    /// Pushes until it is answered 2xx or the schedule ends.
    async fn deliver(&self, number: u32) -> Ended {
        let mut retries = 0;
        loop {
            let answer = self.send(number).await;
            let accepted = answer.as_ref().is_ok_and(StatusCode::is_success);
            match self.schedule.wait(retries) {
                Some(wait) if !accepted => time::sleep(wait).await,
                _ => return Ended { number, answer, retries },
            }
            retries += 1;
        }
    }

    fn ended(&self, ended: Option<Result<Ended, JoinError>>, totals: &mut Totals) {
        let Some(Ok(Ended { number, answer, retries })) = ended else { return };
        let (line, accepted) = match answer {
            Ok(status) => (status.to_string(), status.is_success()),
            Err(problem) => (format!("failed: {problem}"), false),
        };
        *(if accepted { &mut totals.delivered } else { &mut totals.given_up }) += 1;
        totals.retries += retries;
        let tried = if retries > 0 { format!(" after {retries} retries") } else { String::new() };
        // Whoever stopped reading wants no more lines.
        let _ = writeln!(io::stdout(), "push {number} of {}: {line}{tried}", self.count);
        if io::stderr().is_terminal() && !io::stdout().is_terminal() {
            eprint!("\r{} of {}", totals.delivered + totals.given_up, self.count);
        }
    }

    async fn send(&self, number: u32) -> Result<StatusCode, String> {
        let signed = self.request(number, SystemClock::new().now());
        let mut request = signed.map_err(|error| error.to_string())?;
        // The host that is signed is not always the one that is asked.
        request.headers_mut().remove(http::header::HOST);
        let (parts, body) = request.into_parts();
        let request = self.client.post(self.to.clone()).headers(parts.headers).body(body);
        let response =
            request.send().await.map_err(|error| Chain(&error.without_url()).to_string())?;
        let status = response.status();
        // Read to its end, so that the connection is used again.
        response.bytes().await.map_err(|error| Chain(&error.without_url()).to_string())?;
        Ok(status)
    }

    /// The signed request of one push.
    pub fn request(&self, number: u32, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
        let body = self.event.clone().unwrap_or_else(|| self.sample(number));
        self.push.clone().body(body).sign(now)
    }

    fn sample(&self, number: u32) -> Bytes {
        let event = json!({
            "id": format!("{}-{number}", self.run),
            "source": "tower-eventbridge.push",
            "specversion": "1.0",
            "type": "push:Sample",
            "datacontenttype": "application/json",
            "data": { "number": number },
        });
        event.to_string().into()
    }
}

/// What cannot be sent as it stands is refused: another path would arrive than the one that is written.
fn parse_target(text: &str) -> Result<Url, UsageError> {
    let problem = |reason: &str| UsageError::new("--to", reason);
    let uri: Uri = text.parse().map_err(|_| problem("is not a URL"))?;
    let url: Url = text.parse().map_err(|_| problem("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(problem("must begin with http:// or https:// and name a host"));
    }
    let written = uri.path_and_query().map_or("/", |target| target.as_str());
    let sent = url
        .query()
        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    if written != sent || url.fragment().is_some() {
        return Err(problem("its path or query cannot be sent as it stands"));
    }
    Ok(url)
}

/// An error with its causes: reqwest's own text leaves out what went wrong.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let causes = std::iter::successors(Some(self.0), |error| error.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        formatter.write_str(&causes.join(": "))
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than a receiver takes to say that it could not handle the event.
const TIMEOUT: Duration = Duration::from_secs(60);
