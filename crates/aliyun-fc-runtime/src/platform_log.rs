//! The function's log: lines on standard output that the platform collects.

use std::{fmt, io::Write, sync::Arc};

use crate::context::{Call, FunctionContext};

/// The receiver of the lines.
#[derive(Clone)]
pub(crate) struct PlatformLog(Arc<dyn Fn(&str) + Send + Sync>);

impl PlatformLog {
    pub(crate) fn to(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Begins the lines of an invocation: the platform cuts its log by the first and the last, and
    /// errors stand between them.
    pub(crate) fn begin(&self, call: Call, context: &FunctionContext) -> Lines {
        let request_id = context.request_id().map(str::to_owned);
        let lines = Lines { log: self.clone(), call, request_id, outcome: Outcome::Dropped };
        if let Some(id) = &lines.request_id {
            self.write(format_args!("FC {} Start RequestId: {id}", call.log_name()));
        }
        lines
    }

    /// Writes one line for any text: after a line feed it could pass for a line of the platform.
    fn write(&self, line: fmt::Arguments<'_>) {
        let mut one_line = String::new();
        for character in line.to_string().chars() {
            if character.is_control() {
                one_line.extend(character.escape_default());
            } else {
                one_line.push(character);
            }
        }
        (self.0)(&one_line);
    }
}

/// Writes to standard output. A failure has no other place to go.
impl Default for PlatformLog {
    fn default() -> Self {
        Self::to(|line| {
            let mut stdout = std::io::stdout().lock();
            let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
        })
    }
}

/// The lines of one invocation. The last one is written when it is dropped.
pub(crate) struct Lines {
    log: PlatformLog,
    call: Call,
    /// Missing in a call by hand. The two lines are then left out.
    request_id: Option<String>,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    Failed,
    /// The platform closed the connection before the answer.
    Dropped,
}

impl Lines {
    /// Writes an error.
    pub(crate) fn error(&self, reason: impl fmt::Display) {
        let id = self.request_id.as_deref().unwrap_or("-");
        self.log.write(format_args!("{id} [ERROR] {reason}"));
    }

    pub(crate) fn succeeded(mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// Counts the invocation as a success unless an error follows.
    pub(crate) fn succeeds_when_dropped(&mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// Counts the invocation as a function error.
    pub(crate) fn failed(mut self) {
        self.outcome = Outcome::Failed;
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.error("the answer panicked");
            self.outcome = Outcome::Failed;
        } else if self.outcome == Outcome::Dropped {
            self.error("the platform hung up before there was an answer");
        }
        let error = match self.outcome {
            Outcome::Succeeded => "",
            Outcome::Failed | Outcome::Dropped => ", Error: Unhandled function error",
        };
        if let Some(id) = &self.request_id {
            let name = self.call.log_name();
            self.log.write(format_args!("FC {name} End RequestId: {id}{error}"));
        }
    }
}
