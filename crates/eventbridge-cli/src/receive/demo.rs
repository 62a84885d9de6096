//! `eventbridge demo`: a receiver, and one who pushes to it over a real connection: honestly, and
//! in every way that must fail.

use std::{process::ExitCode, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    clock::{Clock, SystemClock},
    signature::RejectionKind,
    signer::{Forgery, Push, SignWith, Signer},
};

use super::{
    printer::Print,
    serve::{self, Limits, Steps},
};
use crate::{
    terminal::{ASIDE, BAD, GOOD, HEADING, print, styled, table, width, wrap},
    usage::program,
};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// A push, and what must become of it.
struct Attempt {
    name: &'static str,
    request: Request<Bytes>,
    expected: Expected,
}

/// What the receiver must decide, and the sender hear.
struct Expected {
    /// `accepted`, or the kind of the rejection.
    verdict: String,
    status: StatusCode,
}

impl Expected {
    fn accepted() -> Self {
        Self { verdict: "accepted".to_owned(), status: StatusCode::OK }
    }

    fn rejected(kind: RejectionKind) -> Self {
        Self { verdict: kind.to_string(), status: kind.status() }
    }
}

/// Exit code 0 if every verdict is as expected.
pub async fn run() -> ExitCode {
    match attempt_all().await {
        Ok(true) => {
            print(&styled(GOOD, "\nEvery verdict is as expected.\n"));
            ExitCode::SUCCESS
        }
        Ok(false) => {
            print(&styled(BAD, "\nA verdict is NOT as expected.\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: the demo went wrong: {error}", program());
            ExitCode::FAILURE
        }
    }
}

async fn attempt_all() -> Result<bool, AnyError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}/eventbridge");
    let token = "a-throw-away-token-of-the-demo";
    let signer = Signer::generate()?;
    let (verdicts, mut heard) = mpsc::unbounded_channel();
    let verifier = Verifier::builder()
        .endpoint(&url)
        .token(token)
        .certificate(signer.certificate_url(), signer.certificate_pem())
        .build()?;
    let layer = VerifyLayer::builder(verifier)
        .on_verdict(move |verdict| {
            let (kind, reason) = match verdict {
                Ok(authentic) => {
                    let worth = format!("{}, worth: {}", authentic.scheme(), authentic.assurance());
                    ("accepted".to_owned(), worth)
                }
                Err(rejection) => (rejection.kind().to_string(), rejection.to_string()),
            };
            let _ = verdicts.send((kind, reason));
        })
        .build()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = Limits {
        handler_timeout: Duration::from_secs(5),
        drain_timeout: Duration::from_secs(5),
        room: serve::ADMIN_ROOM,
    };
    // The table says all of it.
    let steps = Steps {
        capture: None,
        watch: None,
        taken: true,
        print: Print::Never,
        whole: None,
        each: None,
        requests: None,
        dedupe: None,
        dedupe_whole: None,
        replay_protection: None,
    };
    let server = tokio::spawn(serve::serve(listener, layer, steps, limits, async {
        let _ = stopped.await;
    }));

    print(&format!("A receiver on {address}, and pushes to it over HTTP.\n\n"));
    let heading = vec![styled(HEADING, "push"), String::new(), styled(HEADING, "verdict")];
    let (mut rows, mut reasons) = (vec![heading], vec![String::new()]);
    let mut as_expected = true;
    for Attempt { name, request, expected } in attempts(&signer, &url, token)? {
        let status = send(address, request).await?;
        let (verdict, reason) = heard.recv().await.ok_or("no verdict")?;
        as_expected &= verdict == expected.verdict && status == expected.status;
        let style = if status.is_success() { GOOD } else { BAD };
        let status = styled(style, status.as_u16());
        rows.push(vec![name.to_owned(), status, styled(style, verdict)]);
        reasons.push(reason);
    }
    drop(stop);
    server.await?;
    let width = width();
    // A reason stands below its row: beside it there is no room.
    for (row, reason) in table(&rows, width).lines().zip(&reasons) {
        print(&format!("{row}\n"));
        for line in wrap(reason, width - INDENT).iter().filter(|line| !line.is_empty()) {
            print(&format!("{:INDENT$}{}\n", "", styled(ASIDE, line)));
        }
    }
    let replays = "A push that is sent again within the minute is accepted again: a signature \
         proves who signed, not how often it is sent.";
    print(&format!("\n{}\n", wrap(replays, width).join("\n")));
    Ok(as_expected)
}

fn attempts(signer: &Signer, url: &str, token: &str) -> Result<Vec<Attempt>, AnyError> {
    let now = SystemClock::new().now();
    let push = |with: SignWith, number: u32| -> Push<'_> {
        let event = format!(
            r#"{{"id":"demo-{number}","source":"acs.demo","type":"demo:Push","specversion":"1.0","data":{{}}}}"#
        );
        signer.push(url).token(token).with(with).body(event)
    };
    let good = |name, with, number| -> Result<Attempt, AnyError> {
        let request = push(with, number).sign(now)?;
        Ok(Attempt { name, request, expected: Expected::accepted() })
    };
    let forged = |name, forgery: Forgery, with: SignWith| -> Result<Attempt, AnyError> {
        let request = push(with, 0).forgery(forgery).sign(now)?;
        Ok(Attempt { name, request, expected: Expected::rejected(forgery.rejected_as(with)) })
    };
    let first = good("v1", SignWith::V1, 1)?;
    let replay = Attempt {
        name: "the first push again (replay)",
        request: first.request.clone(),
        expected: Expected::accepted(),
    };
    Ok(vec![
        first,
        good("v2", SignWith::V2, 2)?,
        good("both signatures", SignWith::Both, 3)?,
        forged("tampered body", Forgery::TamperedBody, SignWith::V2)?,
        forged("wrong token", Forgery::OtherToken, SignWith::V2)?,
        forged("stale", Forgery::Stale, SignWith::V2)?,
        forged("certificate in a foreign bucket", Forgery::ForeignBucket, SignWith::V2)?,
        forged("forged secret", Forgery::RandomSecret, SignWith::V1)?,
        forged(
            "certificate signature as secret",
            Forgery::CertificateSignatureAsSecret,
            SignWith::V1,
        )?,
        forged("good v1 beside bad v2", Forgery::BadV2BesideGoodV1, SignWith::Both)?,
        replay,
    ])
}

async fn send(
    address: std::net::SocketAddr,
    request: Request<Bytes>,
) -> Result<StatusCode, AnyError> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request.map(Full::new)).await?.status())
}

/// Columns before a reason.
const INDENT: usize = 4;
