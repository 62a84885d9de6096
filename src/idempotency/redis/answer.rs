//! Judges the driver's errors: which ones say that the connection leads to a server that cannot
//! serve, and what the operator can do about them.

use std::{error::Error, fmt};

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Returns whether the connection is to be forgotten, because it leads to the wrong server or to
/// one that cannot serve now. An error that is not an answer of the server counts as such.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are the driver's")]
pub(super) fn forgets_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(_) | ErrorKind::Extension => {
            let code = error.code().unwrap_or_default();
            if code == GENERAL {
                names_another(error.detail().unwrap_or_default())
            } else {
                !OF_THE_REQUEST.contains(&code)
            }
        }
        _ => true,
    }
}

/// Returns whether the server does not have the script.
pub(super) fn has_no_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// Returns whether another try over a new connection can succeed. Wrong credentials stay wrong.
pub(super) fn may_connect_later(error: &RedisError) -> bool {
    !matches!(error.kind(), ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig)
}

/// Puts what the operator can do about it before an error, where that is known.
pub(super) fn with_cure(error: RedisError) -> Box<dyn Error + Send + Sync> {
    if let ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) = error.kind() {
        let cure = "the server belongs to a cluster: begin its URL with redis+cluster:// or \
                    rediss+cluster://";
        Box::new(Curable { cure, error })
    } else {
        Box::new(error)
    }
}

/// An error of the driver that the operator can cure.
#[derive(Debug)]
struct Curable {
    cure: &'static str,
    error: RedisError,
}

impl fmt::Display for Curable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.cure)
    }
}

impl Error for Curable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Returns whether the text of a general error says that another server is wanted. Redis 6 wraps
/// the code of such an error: `@user_script: 1: -READONLY …`. A sentinel does not know script
/// commands.
fn names_another(text: &str) -> bool {
    let wrapped =
        text.split_ascii_whitespace().filter_map(|word| word.strip_prefix('-')).any(|code| {
            code.len() >= 4
                && code.bytes().all(|byte| byte.is_ascii_uppercase())
                && !OF_THE_REQUEST.contains(&code)
        });
    wrapped || text.to_ascii_lowercase().starts_with("unknown command")
}

/// The code of errors that have no code of their own.
const GENERAL: &str = "ERR";

/// Codes of answers that the right server gives over any connection: they are about what was asked.
/// A primary without memory answers `OOM` to each write, and new connections would cost it more.
const OF_THE_REQUEST: [&str; 11] = [
    "BUSYKEY",
    "CROSSSLOT",
    "EXECABORT",
    "INVALIDOBJ",
    "NOPROTO",
    "NOSCRIPT",
    "NOSUB",
    "NOTBUSY",
    "OOM",
    "SYNTAX",
    "WRONGTYPE",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> RedisError {
        let answer = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        answer.extract_error().unwrap_err()
    }

    #[test]
    fn answers_of_a_wrong_or_unable_server_forget_the_connection() {
        // From Redis 5, 6 and 7, Valkey 8 and proxies.
        for line in [
            "READONLY You can't write against a read only slave.",
            "READONLY You can't write against a read only replica.",
            "READONLY You can't write against a read only replica. script: 5f3c, on \
             @user_script:16.",
            "ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: \
             -READONLY You can't write against a read only slave.",
            "ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: \
             -READONLY You can't write against a read only replica. ",
            "ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: \
             -NOREPLICAS Not enough good replicas to write. ",
            "ERR Error running script (call to f_5f3c): @user_script:16: -MISCONF Redis is \
             configured to save RDB snapshots, but it is currently not able to persist on disk.",
            "MASTERDOWN Link with MASTER is down and slave-serve-stale-data is set to 'no'.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "LOADING Redis is loading the dataset in memory",
            "LOADING Valkey is loading the dataset in memory",
            "MOVED 3999 127.0.0.1:6381",
            "ASK 3999 127.0.0.1:6381",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "CLUSTERDOWN The cluster is down",
            "CLUSTERDOWN Hash slot not served",
            "NOAUTH Authentication required.",
            "WRONGPASS invalid username-password pair or user is disabled.",
            "NOPERM this user has no permissions to run the 'evalsha' command",
            "NOPERM User default has no permissions to run the 'evalsha' command",
            "NOREPLICAS Not enough good replicas to write.",
            "NOREPLICAS Not enough good slaves to write.",
            "MISCONF Errors writing to the AOF file: No space left on device",
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> \
             replica?)",
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN \
             NOSAVE.",
            "REDIRECT 127.0.0.1:6381",
            "ERR unknown command `EVALSHA`, with args beginning with: `5f3c`, ",
            "ERR unknown command 'EVALSHA', with args beginning with: '5f3c' ",
            "no upstream host",
            "upstream failure",
        ] {
            assert!(forgets_connection(&error(line)), "{line}");
        }
        let io = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert!(forgets_connection(&io));
    }

    #[test]
    fn answers_about_the_request_keep_the_connection() {
        for line in [
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "WRONGTYPE Operation against a key holding the wrong kind of value script: 5f3c, on \
             @user_script:7.",
            "ERR Error running script (call to f_5f3c): @user_script:7: WRONGTYPE Operation \
             against a key holding the wrong kind of value",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "OOM command not allowed when used memory > 'maxmemory'. script: 5f3c, on \
             @user_script:12.",
            "ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: -OOM \
             command not allowed when used memory > 'maxmemory'. ",
            "ERR Error compiling script (new function): user_script:1: '=' expected near 'x'",
            "ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: \
             -WRONGTYPE \
             Operation against a key holding the wrong kind of value",
            "ERR Error running script (call to f_5f3c): @user_script:7: -lower-case is not a code",
            "ERR value -1 is not an integer or out of range",
            "ERR value -I is not an integer",
            "ERR value is not an integer or out of range",
            "ERR wrong number of arguments for 'evalsha' command",
            "ERR invalid expire time in 'pexpire' command script: 5f3c, on @user_script:12.",
            "CROSSSLOT Keys in request don't hash to the same slot",
            "NOSCRIPT No matching script. Please use EVAL.",
        ] {
            assert!(!forgets_connection(&error(line)), "{line}");
        }
    }
}
