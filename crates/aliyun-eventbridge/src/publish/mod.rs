//! Publishing: any number of events, each with an outcome.
//!
//! [`Publisher::put_events`] cuts events into requests by bus, count and size. It tries failed
//! entries again until its deadline, and never sends an event again that the service acknowledged.
//! An event without an id gets one before the first attempt, so that a repetition is the same
//! event.
//!
//! ```
//! use aliyun_eventbridge::{
//!     call::Client, credentials::Credentials, endpoint::Endpoint, operation::Protocol,
//!     publish::{Event, Publisher},
//! };
//! # use aliyun_eventbridge::http::{AnswerBounds, HttpFuture};
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fake = |_: Request<Bytes>, _: AnswerBounds| -> HttpFuture<'static> {
//! #     Box::pin(async {
//! #         let answer =
//! #             r#"{"FailedEntryCount":0,"EntryList":[{"EventId":"order-1","TraceId":"T"}]}"#;
//! #         Ok(Response::new(Bytes::from_static(answer.as_bytes())))
//! #     })
//! # };
//! let client = Client::builder(
//!     Protocol::OpenApi,
//!     Endpoint::public("123456789098", "cn-hangzhou")?,
//!     Credentials::new("LTAIexample", "s3cret")?,
//! )
//! # .http_client(fake)
//! .build()?;
//! let publisher = Publisher::new(client).bus("orders");
//! let event = Event::new("demo.app", "demo:Order:Created")
//!     .id("order-1")
//!     .json(&serde_json::json!({"total": 12.5}))?;
//! let report = publisher.put_events([event]).await;
//! assert!(report.all_accepted());
//! # Ok(())
//! # }
//! ```

mod event;
mod outcome;
mod request;

mod batches;
mod encode;

mod publisher;

mod queue;

mod background;

pub use background::{BackgroundPublisher, BackgroundSettings, CloseReport, NotTaken};
pub use encode::is_json_data;
pub use event::{DEFAULT_CONTENT_TYPE, Event, IdCharacters, PublishLimits};
pub use outcome::{EntryOutcome, PublishReport};
pub use publisher::Publisher;
