//! The operations of the store. Each is one atomic script of one key.
//!
//! A key is a hash. The field of a body holds `c` (claimed) or `d` (done). The 16 bytes of the
//! owner follow, then the time at which it lapses. The field `f` holds the first body that came
//! under the key, and the time at which that lapses. Times are in milliseconds of the server's
//! clock. A script has one key, because a cluster that moves a slot rejects scripts of several keys
//! until the move is over.
//!
//! A key has 1,024 entries at most. Only a publisher that gives many events one name goes beyond
//! it: then a new body is handled each time, and is not remembered. Lapsed entries are swept while
//! a key has few entries, or is full.
//!
//! Each script answers its owner's second try as the first one, because a try whose answer was lost
//! may have been applied.

use redis::{Cmd, Script};

pub(super) struct Scripts {
    pub(super) claim: Operation,
    pub(super) commit: Operation,
    pub(super) abandon: Operation,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            claim: Operation::new(CLAIM),
            commit: Operation::new(COMMIT),
            abandon: Operation::new(ABANDON),
        }
    }
}

/// A script with its text and its digest. A server that does not have the script yet is sent the
/// text in place of the digest.
///
/// `SCRIPT LOAD` would not do, because a cluster's client sends it to every node and fails if one
/// node is down.
pub(super) struct Operation {
    text: String,
    digest: String,
}

impl Operation {
    fn new(body: &str) -> Self {
        let text = format!("{PRELUDE}{body}");
        let digest = Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }

    pub(super) fn by_digest(&self, key: &str, arguments: &[Vec<u8>]) -> Cmd {
        command("EVALSHA", &self.digest, key, arguments)
    }

    pub(super) fn by_text(&self, key: &str, arguments: &[Vec<u8>]) -> Cmd {
        command("EVAL", &self.text, key, arguments)
    }
}

fn command(name: &str, script: &str, key: &str, arguments: &[Vec<u8>]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(1).arg(key);
    for argument in arguments {
        command.arg(argument.as_slice());
    }
    command
}

// Arguments: owner, body, milliseconds (none for ABANDON).

/// Before Redis 7 a script that reads the clock may write only if its effects are replicated.
const PRELUDE: &str = r"
if redis.replicate_commands then redis.replicate_commands() end
local key, owner, body, millis = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function lapsed(entry, from) return (tonumber(string.sub(entry, from)) or 0) <= now end
local held = redis.call('HGET', key, body)
if held and lapsed(held, 18) then held = false end
local state = held and string.sub(held, 1, 1)
local mine = held and string.sub(held, 2, 17) == owner
local function keep(field, entry)
  redis.call('HSET', key, field, entry .. string.format('%.0f', now + millis))
  if redis.call('PTTL', key) < millis then redis.call('PEXPIRE', key, millis) end
end
";

const CLAIM: &str = r"
if state == 'd' then return 2 end
if held and not mine then return 1 end
local size = redis.call('HLEN', key)
if size <= 64 or size >= 1024 then
  local entries = redis.call('HGETALL', key)
  for index = 1, #entries, 2 do
    local from = entries[index] == 'f' and 33 or 18
    if lapsed(entries[index + 1], from) then redis.call('HDEL', key, entries[index]) end
  end
  if redis.call('HLEN', key) >= 1024 then return 3 end
end
keep(body, 'c' .. owner)
local first = redis.call('HGET', key, 'f')
if not first then keep('f', body) return 0 end
if string.sub(first, 1, 32) ~= body then return 3 end
return 0
";

const COMMIT: &str = r"
if not mine then return 0 end
if state == 'd' then return 1 end
keep(body, 'd' .. owner)
local first = redis.call('HGET', key, 'f')
if first and string.sub(first, 1, 32) == body then keep('f', body) end
return 1
";

const ABANDON: &str = r"
if mine and state == 'c' then redis.call('HDEL', key, body) end
return 0
";
