//! Certificates over HTTPS, by reqwest.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, StatusCode, Url};

use super::{
    parse::MAX_CERTIFICATE_BYTES,
    source::{CertificateSource, FetchError, FetchFuture},
    url::AllowedUrl,
};

/// Fetches certificates over HTTPS.
///
/// A key is believed because it came from exactly its URL. So a fetch has 5 s in all, the status
/// must be 200, and an answer of another URL is not used. The size is enforced while reading.
///
/// `HttpsSource::new` (feature `reqwest`) makes its client itself. rustls verifies TLS against the
/// system's roots. Redirects, retries and proxies from the environment are off. A connection may
/// take 3 s. [`with_client`](Self::with_client) takes yours.
#[derive(Clone, Debug)]
pub struct HttpsSource {
    client: Client,
}

impl HttpsSource {
    /// Makes a source that fetches by a client of your own: with the TLS library, roots and proxy
    /// that you chose.
    ///
    /// With the feature `reqwest-client` and without `reqwest`, the TLS library is that of your own
    /// dependency on reqwest. rustls with aws-lc then stays out of the tree.
    ///
    /// The client must verify TLS: nothing else proves whose certificate it is. Turn redirects off
    /// (`redirect::Policy::none()`): an answer that was redirected is not used, but its request has
    /// been sent. The limits of time and size, and that of the status, hold for it too.
    ///
    /// ```
    /// use tower_eventbridge::{Verifier, VerifyLayer, certificate::HttpsSource};
    ///
    /// # fn layer(verifier: Verifier) -> Result<VerifyLayer, Box<dyn std::error::Error>> {
    /// let client = reqwest::Client::builder()
    ///     .https_only(true)
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .build()?;
    /// let source = HttpsSource::with_client(client);
    /// Ok(VerifyLayer::builder(verifier).source(source).build()?)
    /// # }
    /// ```
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self { client }
    }
}

impl CertificateSource for HttpsSource {
    fn fetch(&self, url: AllowedUrl) -> FetchFuture {
        let client = self.client.clone();
        Box::pin(async move { fetch(&client, &url).await })
    }
}

async fn fetch(client: &Client, url: &AllowedUrl) -> Result<Bytes, FetchError> {
    let unavailable = |error: reqwest::Error| FetchError::unavailable(error.without_url());
    let url = Url::parse(url.as_str()).map_err(FetchError::unavailable)?;
    if url.scheme() != "https" {
        return Err(FetchError::unavailable("the URL is not https"));
    }
    let request = client.get(url.clone()).timeout(TIMEOUT);
    let mut response = request.send().await.map_err(unavailable)?;
    if *response.url() != url {
        let problem = "a redirect was followed: turn redirects off in the client of HttpsSource";
        return Err(FetchError::unavailable(problem));
    }
    match response.status() {
        StatusCode::OK => {}
        status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => {
            return Err(FetchError::gone(format!("status {status}")));
        }
        status => return Err(FetchError::unavailable(format!("status {status}"))),
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len().saturating_add(chunk.len()) > MAX_CERTIFICATE_BYTES {
            return Err(FetchError::unavailable(format!(
                "more than {MAX_CERTIFICATE_BYTES} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

const TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(all(test, feature = "reqwest"))]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::certificate::url::UrlBasis;

    /// No policy allows such a URL; should one ever, nothing is believed that came over it.
    #[tokio::test]
    async fn nothing_is_fetched_without_tls() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a.pem", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
        });
        let source = HttpsSource::with_client(Client::new());
        let fetched = source.fetch(AllowedUrl::exact(&url, UrlBasis::Exact)).await;
        assert!(fetched.is_err());
    }
}
