//! Secrets that a command of the operator prints.

use std::process::Stdio;
use std::time::Duration;

use anyhow::anyhow;
use tokio::process::Command;
use zeroize::Zeroizing;

/// How long a command may take to print a secret.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// What the command of a setting prints.
///
/// # Errors
/// When it does not end well, in words for the operator.
pub(crate) async fn printed(command: &str, setting: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let refused = |why: String| anyhow!("the command of {setting} {why}");
    let answered = tokio::time::timeout(COMMAND_TIMEOUT, shell.output()).await;
    let late = |_| refused("does not end".to_owned());
    let output = answered
        .map_err(late)?
        .map_err(|error| refused(format!("cannot be run: {error}")))?;
    let printed = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(refused(format!("failed: {}", output.status)));
    }
    let text = std::str::from_utf8(&printed).unwrap_or_default();
    Ok(Zeroizing::new(text.to_owned()))
}
