//! The files that people deploy with, read by the programs that they are for, or by linters.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::command;

/// The kubernetes versions of the manifests: the oldest that has sidecars, and a new one.
const KUBERNETES: [&str; 2] = ["1.29", "1.37"];
/// The most that the unit may leave open, in tenths of a point of systemd's ten.
const EXPOSURE: &str = "--threshold=15";

/// Runs every check of the files to deploy.
pub(super) fn check(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/deploy-check");
    fs::create_dir_all(&folder)?;
    let linter = |name: &str| root.join("target/linters/bin").join(name).display().to_string();
    command::run(root, &linter("hadolint")).arg("deploy/Dockerfile").status()?;
    for version in KUBERNETES {
        let run = command::run(root, &linter("kubernetes-validate")).words("--strict --quiet -k");
        let run = run.arg(version).arg("deploy/kubernetes.yaml");
        run.arg("deploy/kubernetes-sidecar.yaml").status()?;
    }
    unit(root, &folder)?;
    nginx(root, &folder)
}

/// Checks the unit. `verify` warns of a setting that it does not know, and exits with 0.
fn unit(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let text = read(&root.join("deploy/eventbridge.service"))?;
    const PROGRAM: &str = "ExecStart=/usr/local/bin/eventbridge ";
    if !text.contains(PROGRAM) {
        bail!("deploy/eventbridge.service does not start /usr/local/bin/eventbridge");
    }
    let unit = folder.join("eventbridge.service");
    // The program is not installed here.
    fs::write(&unit, text.replace(PROGRAM, "ExecStart=/bin/true "))?;
    let run = command::run(root, "systemd-analyze").arg("verify").arg(&unit);
    let output = run.into_command().output().context("starting systemd-analyze")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !said.is_empty() {
        bail!("systemd-analyze verify deploy/eventbridge.service: {}: {said}", output.status);
    }
    let run = command::run(root, "systemd-analyze").words("security --offline=true --no-pager");
    run.arg(EXPOSURE).arg(&unit).output().map(drop)
}

/// Checks the configuration that docs/proxies.md shows, as a file of `conf.d`.
fn nginx(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let page = read(&root.join("docs/proxies.md"))?;
    let shown = page.split_once("```nginx\n").and_then(|(_, rest)| rest.split_once("```"));
    let (shown, _) = shown.context("docs/proxies.md shows no configuration of nginx")?;
    let key = |end: &str| root.join("fixtures/keys/rsa2048").with_extension(end);
    let configuration = format!(
        "pid nginx.pid; error_log stderr; events {{}} http {{ access_log off; \
         client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; \
         uwsgi_temp_path uwsgi; scgi_temp_path scgi; ssl_certificate {}; ssl_certificate_key {};\n\
         {shown}}}\n",
        key("pem").display(),
        key("key").display()
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    let run = command::run(root, "nginx").words("-t -q -e stderr -p").arg(folder);
    run.arg("-c").arg(&file).status()
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| file.display().to_string())
}
