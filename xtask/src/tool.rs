//! Programs that steps need beside cargo. Nothing here installs them.

use std::process::{Command, Stdio};

/// A program, how its presence is found out, and how to get it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    probe: &'static [&'static str],
    pub(crate) how_to_get: &'static str,
}

const fn tool(
    name: &'static str,
    probe: &'static [&'static str],
    how_to_get: &'static str,
) -> Tool {
    Tool { name, probe, how_to_get }
}

const REDIS: &str = "apt-get install redis-server redis-sentinel redis-tools";

const SDKS: &str = "sh crates/aliyun-eventbridge/tests/sdk/install.sh";

/// Makes a tool of the standard library for a target.
macro_rules! target {
    ($name:literal) => {
        tool(
            concat!("Rust\'s standard library for ", $name),
            &[
                "sh",
                "-c",
                concat!("ls \"$(rustc --print target-libdir --target ", $name, ")\"/libstd-*"),
            ],
            concat!("rustup target add ", $name),
        )
    };
}

pub(crate) static ARM: Tool = target!("aarch64-unknown-linux-gnu");
pub(crate) static MUSL: Tool = target!("x86_64-unknown-linux-musl");
pub(crate) static WASM: Tool = target!("wasm32-unknown-unknown");
pub(crate) static MUSL_GCC: Tool =
    tool("musl-gcc", &["musl-gcc", "--version"], "apt-get install musl-tools");
pub(crate) static OLDEST_RUST: Tool = tool(
    concat!("Rust ", env!("CARGO_PKG_RUST_VERSION")),
    &["rustup", "run", env!("CARGO_PKG_RUST_VERSION"), "cargo", "--version"],
    concat!("rustup toolchain install --profile minimal ", env!("CARGO_PKG_RUST_VERSION")),
);
pub(crate) static BASH: Tool = tool("bash", &["bash", "--version"], "apt-get install bash");
pub(crate) static CARGO_DENY: Tool =
    tool("cargo-deny", &["cargo-deny", "--version"], "cargo install --locked --debug cargo-deny");
pub(crate) static CARGO_FUZZ: Tool =
    tool("cargo-fuzz", &["cargo-fuzz", "--version"], "cargo install --locked --debug cargo-fuzz");
pub(crate) static CLIPPY: Tool =
    tool("clippy", &["cargo-clippy", "--version"], "rustup component add clippy");
pub(crate) static CRYPTOGRAPHY: Tool = tool(
    "the Python package cryptography",
    &["python3", "-c", "import cryptography"],
    "python3 -m pip install cryptography, or apt-get install python3-cryptography",
);
pub(crate) static CXX: Tool = tool("c++", &["c++", "--version"], "apt-get install g++");
pub(crate) static GIT: Tool = tool("git", &["git", "--version"], "apt-get install git");
pub(crate) static JSONSCHEMA: Tool = tool(
    "the Python package jsonschema",
    &["python3", "-c", "import jsonschema"],
    "python3 -m pip install jsonschema, or apt-get install python3-jsonschema",
);
pub(crate) static LINTERS: Tool = tool(
    "target/linters",
    &[
        "sh",
        "-c",
        "target/linters/bin/hadolint --version && target/linters/bin/kubernetes-validate \
      --version",
    ],
    "deploy/install-linters.sh",
);
pub(crate) static NGINX: Tool = tool("nginx", &["nginx", "-v"], "apt-get install nginx-light");
pub(crate) static OPENSSL: Tool =
    tool("openssl", &["openssl", "version"], "apt-get install openssl");
pub(crate) static CHROMIUM: Tool =
    tool("chromium", &["test", "-x", "/usr/bin/chromium"], "apt-get install chromium");
pub(crate) static BROWSER_DRIVER: Tool = tool(
    "target/page",
    &["test", "-d", "target/page/node_modules/playwright-core"],
    "crates/eventbridge-cli/tests/page/install.sh",
);
pub(crate) static MDBOOK: Tool =
    tool("mdbook", &["mdbook", "--version"], "cargo install --locked --debug mdbook");
pub(crate) static PEERS: Tool = tool(
    "target/peers",
    &[
        "sh",
        "-c",
        "target/peers/venv/bin/python -c 'import standardwebhooks' && test -d \
      target/peers/node_modules/standardwebhooks",
    ],
    "crates/eventbridge-cli/tests/peers/install.sh",
);
pub(crate) static PYTHON: Tool =
    tool("python3", &["python3", "--version"], "apt-get install python3");
pub(crate) static NODE: Tool = tool("node", &["node", "--version"], "apt-get install nodejs npm");
pub(crate) static NODE_SDK: Tool = tool(
    "the npm package @alicloud/eventbridge",
    &[
        "node",
        "-e",
        concat!(
            "require('",
            env!("CARGO_MANIFEST_DIR"),
            "/../target/sdk/node_modules/@alicloud/eventbridge')"
        ),
    ],
    SDKS,
);
pub(crate) static PYTHON_SDK: Tool = tool(
    "the Python package alibabacloud_eventbridge",
    &[
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/sdk/venv/bin/python"),
        "-c",
        "import alibabacloud_eventbridge.client",
    ],
    SDKS,
);
pub(crate) static PYTHON_SDK_20200401: Tool = tool(
    "the Python package alibabacloud_eventbridge20200401",
    &[
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/sdk/venv2/bin/python"),
        "-c",
        "import alibabacloud_eventbridge20200401.client",
    ],
    SDKS,
);
pub(crate) static REDIS_CLI: Tool = tool("redis-cli", &["redis-cli", "--version"], REDIS);
pub(crate) static REDIS_SENTINEL: Tool =
    tool("redis-sentinel", &["redis-sentinel", "--version"], REDIS);
pub(crate) static REDIS_SERVER: Tool = tool("redis-server", &["redis-server", "--version"], REDIS);
pub(crate) static RUSTFMT: Tool =
    tool("rustfmt", &["rustfmt", "--version"], "rustup component add rustfmt");
pub(crate) static SYSTEMD: Tool =
    tool("systemd-analyze", &["systemd-analyze", "--version"], "apt-get install systemd");

impl Tool {
    /// Returns whether the program answers its probe.
    pub(crate) fn is_there(&self) -> bool {
        let Some((program, arguments)) = self.probe.split_first() else { return false };
        let mut command = Command::new(program);
        command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}
