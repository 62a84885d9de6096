//! Pushes: POST, signed by the signer of the library.

use bytes::Bytes;
use http::{Method, header};

use super::{
    client,
    context::{Context, Shown},
};
use crate::{
    attempt::AttemptFailure,
    observe::{Answer, REDACTED, RequestHead, StringToSign, Text},
};

/// The header of the token.
const TOKEN: &str = "x-eventbridge-signature-token";

impl Context {
    /// Signs and sends: URL, body and token.
    pub(super) async fn push(
        &self,
        (url, body, token): (String, String, Option<String>),
        shown: &mut Shown,
    ) -> Result<Answer, AttemptFailure> {
        shown.body = Text::new(&body);
        let to = client::sendable(&url)?;
        let token = token.filter(|token| !token.is_empty());
        let body = Bytes::from(body);
        let mut push = self.signing.signer.push(url.as_str());
        push = push.with(self.signing.with).body_ending(self.signing.ending).body(body.clone());
        if let Some(token) = &token {
            push = push.token(token);
        }
        let now = self.clock.now();
        let request = push.sign(now).map_err(AttemptFailure::for_good)?;
        shown.strings_to_sign = push
            .strings_to_sign(now)
            .into_iter()
            .map(|(scheme, text)| StringToSign {
                scheme: scheme.as_str(),
                text: redacted(&text, token.as_deref()),
            })
            .collect();
        let mut headers = request.into_parts().0.headers;
        // The client makes it of the URL.
        headers.remove(header::HOST);
        let host = to.host_str().unwrap_or_default();
        let host = to.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        shown.request = Some(RequestHead {
            method: Method::POST.to_string(),
            url,
            headers: client::shown(&headers, &host, |name| name == TOKEN),
        });
        self.client.send(Method::POST, to, headers, body).await?.judged()
    }
}

/// Returns the string to sign without the token in its line. The body is as it is.
fn redacted(text: &[u8], token: Option<&str>) -> Text {
    let text = String::from_utf8_lossy(text);
    let Some(token) = token else { return Text::new(&text) };
    let line = format!("\n{TOKEN}: {token}\n");
    Text::new(&text.replacen(&line, &format!("\n{TOKEN}: {REDACTED}\n"), 1))
}
