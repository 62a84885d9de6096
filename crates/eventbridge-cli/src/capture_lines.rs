//! Lines that a captured head has beside those of the request: `receive` writes them, and `replay`
//! reads them.

use std::fmt;

use http::HeaderMap;

/// What was known when a push was captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureLines {
    /// When it arrived, in milliseconds since 1970.
    pub time: Option<i64>,
    /// The status of its handler, if it passed as authentic.
    pub status: Option<u16>,
    /// The URL that was signed, if it passed as authentic.
    pub url: Option<String>,
    /// The configured endpoint that the URL belongs to, if it passed as authentic.
    pub endpoint: Option<String>,
}

impl CaptureLines {
    /// Reads the lines of a captured head. What cannot be read counts as missing.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            time: text(TIME).and_then(|text| text.parse().ok()),
            status: text(STATUS).and_then(|text| text.parse().ok()),
            url: text(URL).map(str::to_owned),
            endpoint: text(ENDPOINT).map(str::to_owned),
        }
    }
}

impl fmt::Display for CaptureLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(time) = self.time {
            writeln!(formatter, "{TIME}: {time}")?;
        }
        if let Some(status) = self.status {
            writeln!(formatter, "{STATUS}: {status}")?;
        }
        for (name, url) in [(URL, &self.url), (ENDPOINT, &self.endpoint)] {
            // A signed URL is visible ASCII, or there would be no proof.
            let visible = |url: &&String| url.bytes().all(|byte| byte.is_ascii_graphic());
            if let Some(url) = url.as_ref().filter(visible) {
                writeln!(formatter, "{name}: {url}")?;
            }
        }
        Ok(())
    }
}

const TIME: &str = "eventbridge-capture-time";
const STATUS: &str = "eventbridge-capture-status";
const URL: &str = "eventbridge-capture-url";
const ENDPOINT: &str = "eventbridge-capture-endpoint";
