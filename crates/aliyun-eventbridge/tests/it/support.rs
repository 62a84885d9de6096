//! A service that answers as it is told, and remembers what it was sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aliyun_eventbridge::{
    call::{Client, ClientBuilder},
    credentials::Credentials,
    endpoint::Endpoint,
    http::{AnswerBounds, HttpClient, HttpError, HttpErrorKind, HttpFuture},
    operation::Protocol,
    random::RandomError,
};
use bytes::Bytes;
use http::{Request, Response};

pub const SECRET: &str = "exampleSecretNotReal0123456789";
pub const KEY: &str = "LTAIexampleNotReal01";

/// 2026-11-26T06:40:00Z, a Thursday.
pub fn recorded_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_675_200)
}

#[derive(Clone)]
pub enum Reply {
    Is(u16, Vec<(&'static str, String)>, Bytes),
    Breaks,
    Never,
    /// Answers after a time.
    Late(Duration, Box<Self>),
}

pub fn ok(body: impl Into<String>) -> Reply {
    status(200, body)
}

pub fn status(status: u16, body: impl Into<String>) -> Reply {
    Reply::Is(status, Vec::new(), Bytes::from(body.into()))
}

type Answering = dyn Fn(usize, &Request<Bytes>) -> Reply + Send + Sync;

#[derive(Clone)]
pub struct Fake {
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
    answer: Arc<Answering>,
}

impl Fake {
    /// Answers by the number of the request, from 0, and the request.
    pub fn new(answer: impl Fn(usize, &Request<Bytes>) -> Reply + Send + Sync + 'static) -> Self {
        Self { seen: Arc::default(), answer: Arc::new(answer) }
    }

    /// Answers one after the other; the last one repeats.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Self::new(move |_, _| {
            let mut replies = replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        })
    }

    pub fn seen(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn reply(reply: Reply) -> HttpFuture<'static> {
    Box::pin(async move {
        match reply {
            Reply::Is(status, headers, body) => {
                let mut answer = Response::builder().status(status);
                for (name, value) in headers {
                    answer = answer.header(name, value);
                }
                Ok(answer.body(body).unwrap())
            }
            Reply::Breaks => {
                Err(HttpError::new(HttpErrorKind::Broken, std::io::Error::other("reset")))
            }
            Reply::Never => std::future::pending().await,
            Reply::Late(wait, then) => {
                tokio::time::sleep(wait).await;
                self::reply(*then).await
            }
        }
    })
}

impl HttpClient for Fake {
    fn send(&self, request: Request<Bytes>, _: AnswerBounds) -> HttpFuture<'_> {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        reply((self.answer)(number, &request))
    }
}

/// Fills nonces with bytes that count up, and jitter with ones: waits are the longest.
pub fn counting_random() -> impl Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync {
    let count = Mutex::new(0_u64);
    move |buffer: &mut [u8]| {
        buffer.fill(0xff);
        if buffer.len() > 8 {
            let mut count = count.lock().unwrap();
            *count += 1;
            buffer[8..16].copy_from_slice(&count.to_be_bytes());
        }
        Ok(())
    }
}

pub fn builder(protocol: Protocol, http: Fake) -> ClientBuilder {
    let endpoint = Endpoint::given("http://127.0.0.1:4010").unwrap();
    Client::builder(protocol, endpoint, Credentials::new(KEY, SECRET).unwrap())
        .http_client(http)
        .clock(recorded_time)
        .random(counting_random())
}
